"""What programs are told when a request cannot be met: one sentence in `detail`."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers


class ProblemSerializer(serializers.Serializer):
    detail = serializers.CharField(help_text="A sentence that says what to do.")


def problem_sentence(errors: Mapping[str, Sequence[Any]]) -> str:
    """What a serializer found wrong, field by field, in one line."""
    return " ".join(f"{field}: {' '.join(map(str, problems))}" for field, problems in errors.items())
