"""A chat model on the loopback interface, for tests: answers OpenAI's chat completions as it is told to."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ChatServer:
    """`answer` gets the labels of a request and says what the model does. `asked` lists the requests.

    With `refuse` it answers 401 to everything.
    """

    def __init__(self, answer: Callable[[list[str]], str]) -> None:
        self.asked: list[dict[str, Any]] = []
        self.refuse = False
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if (
                    chat.refuse
                    or self.path != "/v1/chat/completions"
                    or self.headers["Authorization"] != "Bearer secret"
                ):
                    self.reply(401, {"error": {"message": "the key is wrong"}})
                    return
                chat.asked.append(request)
                message = {"role": "assistant", "content": answer(chat.labels(request))}
                choice = {"index": 0, "message": message, "finish_reason": "stop"}
                self.reply(
                    200,
                    {
                        "id": "1",
                        "object": "chat.completion",
                        "created": 0,
                        "model": request["model"],
                        "choices": [choice],
                    },
                )

            def reply(self, status: int, document: dict[str, Any]) -> None:
                content = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    @staticmethod
    def labels(request: dict[str, Any]) -> list[str]:
        return request["messages"][1]["content"][0]["text"].split("\n\n")[1].splitlines()

    def __enter__(self) -> "ChatServer":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
