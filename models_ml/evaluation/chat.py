"""A chat model beside the embedding models: it sees a record's picture and names one of the candidates.

Any endpoint that speaks OpenAI's chat completions will do, hosted or on the museum's own machine. The
prompts are those of the method: the system says that pictures are classified into categories, the user gives
the labels and asks for the label only; an answer that is no candidate counts as an error.
"""

import base64
import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from heritage.errors import UserError
from heritage.progress import Progress
from models_ml.metrics import folded

if TYPE_CHECKING:
    from openai import OpenAI

SYSTEM_PROMPT = "You classify pictures of museum objects into categories."
USER_PROMPT = "Which of these categories does the object belong to? Answer with the label only.\n\n{labels}"
LONGER_SIDE = 512  # of the picture that is sent
QUESTIONS_AT_ONCE = 4
LONGEST_ANSWER = 200  # characters of a wrong answer that are kept


@dataclass(frozen=True)
class ChatModel:
    """Where a chat model is asked, and how. `options` go into every request."""

    name: str
    base_url: str
    key: str = field(repr=False)
    options: dict[str, Any]
    timeout: float = 60.0

    @property
    def label(self) -> str:
        """Its name in tables; no registered model can be called so."""
        return f"chat:{self.name}"

    def as_json(self) -> dict[str, Any]:
        """What may be shown: not the key, nor an address that might hold one."""
        return {"model": self.name, "host": urlsplit(self.base_url).hostname, "options": self.options}


@dataclass(frozen=True)
class Question:
    """One record: its picture, and its candidates as (labels, positions) with the own one first."""

    record: str
    open_picture: Callable[[], Image]
    labels: tuple[str, ...]
    positions: NDArray[np.int64]


@dataclass(frozen=True)
class Answers:
    """`predicted` (n,): the position of the label that was named, -1 where it was none. `errors` are those."""

    predicted: NDArray[np.int64]
    errors: tuple[dict[str, Any], ...]


def chat_model_from_settings() -> ChatModel:
    """The chat model that the settings name. Raises UserError where they name none."""
    from django.conf import settings

    if not settings.CHAT_MODEL:
        raise UserError("No chat model is set: set CHAT_MODEL, CHAT_BASE_URL and CHAT_API_KEY, see .env.example.")
    options = settings.CHAT_OPTIONS
    if not isinstance(options, dict):
        raise UserError('CHAT_OPTIONS must be a JSON object, such as {"temperature": 0}.')
    return ChatModel(settings.CHAT_MODEL, settings.CHAT_BASE_URL, settings.CHAT_API_KEY, options)


def ask(chat: ChatModel, questions: Sequence[Question], *, seed: int, progress: Progress) -> Answers:
    """Ask about every record, a few at once. The order of the labels is drawn for each question.

    Raises UserError where the endpoint cannot be reached or refuses: that says nothing of the model.
    """
    from openai import APIStatusError, OpenAI, OpenAIError

    progress.start(f"Asking {chat.name}", len(questions))
    orders = [np.random.default_rng([seed, row]).permutation(len(each.labels)) for row, each in enumerate(questions)]
    said: list[str] = []
    with (
        OpenAI(base_url=chat.base_url, api_key=chat.key or "none", timeout=chat.timeout) as client,
        ThreadPoolExecutor(QUESTIONS_AT_ONCE) as pool,
    ):
        waiting = [
            pool.submit(_answer, client, chat, question, order)
            for question, order in zip(questions, orders, strict=True)
        ]
        try:
            for answer in waiting:
                said.append(answer.result())
                progress.advance()
        except APIStatusError as error:
            raise UserError(
                f"{chat.name} at {urlsplit(chat.base_url).hostname} refused ({error.status_code}: "
                f"{_short(error.message)}); check CHAT_MODEL, CHAT_API_KEY and CHAT_OPTIONS."
            ) from error
        except OpenAIError as error:
            raise UserError(
                f"{chat.name} at {urlsplit(chat.base_url).hostname} did not answer ({_short(str(error))}); "
                "check CHAT_BASE_URL and try again."
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return _read_answers(questions, said)


def _answer(client: "OpenAI", chat: ChatModel, question: Question, order: NDArray[np.int64]) -> str:
    labels = "\n".join(question.labels[place] for place in order)
    completion = client.chat.completions.create(
        model=chat.name,
        messages=[
            {"role": "system", "content": SYSTEM_PROMPT},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": USER_PROMPT.format(labels=labels)},
                    {"type": "image_url", "image_url": {"url": _data_url(question.open_picture)}},
                ],
            },
        ],
        **chat.options,
    )
    return (completion.choices[0].message.content or "") if completion.choices else ""


def _data_url(open_picture: Callable[[], Image]) -> str:
    encoded = io.BytesIO()
    with open_picture() as picture:
        picture.thumbnail((LONGER_SIDE, LONGER_SIDE))
        picture.convert("RGB").save(encoded, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(encoded.getvalue()).decode()


def _read_answers(questions: Sequence[Question], said: Sequence[str]) -> Answers:
    predicted = np.full(len(questions), -1, dtype=np.int64)
    errors = []
    for row, (question, answer) in enumerate(zip(questions, said, strict=True)):
        # Models like to add a full stop or quotation marks; anything more is no label.
        wanted = folded(answer.strip(" \t\n.\"'`“”*"))
        named = [place for place, label in enumerate(question.labels) if folded(label.strip(" .\"'`“”*")) == wanted]
        if named:
            predicted[row] = question.positions[named[0]]
        else:
            errors.append(
                {"record": question.record, "label": question.labels[0], "answer": _short(answer, LONGEST_ANSWER)}
            )
    return Answers(predicted, tuple(errors))


def _short(text: str, length: int = 300) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"
