"""A customer directory kept in a CSV file, for teams without a CRM."""

from integrations.directory.csv_file import CsvDirectory

__all__ = ["CsvDirectory"]
