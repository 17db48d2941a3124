"""What the API's description says of all addresses alike."""

from typing import Any

REFUSAL = {
    "description": "Not logged in, or the token is not valid.",
    "content": {"application/json": {"schema": {"type": "object", "properties": {"detail": {"type": "string"}}}}},
}


def say_who_may_ask(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the answer 401 to each operation that asks who its caller is."""
    for operations in result["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict) and operation.get("security"):
                operation["responses"].setdefault("401", REFUSAL)
    return result
