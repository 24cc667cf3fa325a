"""Mail intake: listeners that hand every mail to the intake service and confirm only what is kept."""
