"""`threadpilot doctor`."""

import argparse

from bot.verbs.options import add_env_file, environment


def add_doctor(verb: argparse.ArgumentParser) -> None:
    """Say what `doctor` takes and does."""
    verb.description = (
        "Tries every integration, changes nothing, and says what to do. Ends with 1 on a problem."
    )
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    add_env_file(verb)
    verb.set_defaults(run=_doctor)


async def _doctor(options: argparse.Namespace) -> int:
    from bot.verbs.doctor import examination as doctor

    findings = await doctor.examine(environment(options))
    print(doctor.as_json(findings) if options.json else doctor.as_text(findings))
    return 0 if all(finding.ok for finding in findings) else 1
