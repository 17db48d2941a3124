"""Hand out what is kept about a person, or erase the person.

    person ada                            how much there is
    person ada --export ada.json          all of it, in a new file that only you may read
    person ada --erase                    asks first; --yes does not

An export has the account, memberships, answers with comments and times, skips, reflections, choices, sessions and the
audit log's entries; passwords and tokens are in none. Erasing removes the account, sessions, tokens and addresses, and
takes the person's names out of what they and others wrote. Answers stay, under a pseudonym that is told to nobody, and
so do the audit log's entries, of a person who was erased. The last administrator cannot be erased. Backups made before
still have the person.
"""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from annotation.privacy.actions import erase_person
from annotation.privacy.queries import counts_of, person_document
from heritage.accounts.actions import people_named
from heritage.audit.actions import audit
from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.files.whole_file import write_whole
from heritage.models import AuditAction, User
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="user name")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--export", type=Path, metavar="FILE", help="write all that is kept, as JSON, to a new file")
        what.add_argument("--erase", action="store_true", help="remove the person; it cannot be taken back")
        parser.add_argument("--yes", action="store_true", help="erase without asking")
        parser.add_argument("--dry-run", action="store_true", help="check, but change and write nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        if not User.objects.filter(username=options["name"]).exists():
            raise UserError(f"There is no account named {options['name']}: write its name as it logs in.")
        [person] = people_named([options["name"]])
        if options["erase"]:
            return self._erase(person, **options)
        document = person_document(person)
        result = {"person": person.username, "kept": counts_of(document)}
        if options["export"] is None:
            return result
        if options["export"].exists():
            raise UserError(f"{options['export']} is there already: give another name.")
        if not options["dry_run"]:
            text = json.dumps(document, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
            write_whole(options["export"], text + "\n", private=True)
            audit(AuditAction.EXPORTED, person=None, subject=f"person {person.username}")
        return result | {"file": str(options["export"])}

    def _erase(self, person: User, **options: Any) -> dict[str, Any]:
        if not (options["yes"] or options["dry_run"]):
            self._ask(person)
        erasure = erase_person(person=person, dry_run=options["dry_run"])
        if not options["dry_run"]:
            audit(AuditAction.ERASED, person=None)
        return {"person": person.username, "erased": not options["dry_run"], **vars(erasure)}

    def _ask(self, person: User) -> None:
        if not sys.stdin.isatty():
            raise UserError("Nobody is here to be asked: add --yes to erase.")
        self.stderr.write(f"Erase {person.username}? It cannot be taken back. Type the user name to go on: ", ending="")
        if input().strip() != person.username:
            raise UserError("Nothing was erased.")

    def summary(self, result: dict[str, Any]) -> str:
        if "erased" in result:
            said = "was erased" if result["erased"] else "would be erased"
            return (
                f"{result['person']} {said}. {result['answers']:,} answers stay, under a pseudonym; names were taken "
                f"out of {result['texts']:,} texts and entries of the audit log."
            )
        counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in result["kept"].items() if count)
        return f"{result['person']}: {counts or 'nothing but the account'}." + (
            f" Written to {result['file']}." if "file" in result else ""
        )
