from __future__ import annotations

import pytest

from voice_coach.mirror.pairing import device_name, unique

IPAD = "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/12.1 Safari/604.1"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (IPAD, "iPad, Safari"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit (KHTML) CriOS/120 Safari/604.1", "iPhone, Chrome"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.0 Safari/605.1.15", "Mac or iPad, Safari"),
        (f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36", "Android, Chrome"),
        (f"Mozilla/5.0 (Linux; Android 13; SM-X200) {CHROME} SamsungBrowser/23 Safari", "Android, Samsung Internet"),
        ("Mozilla/5.0 (X11; Linux aarch64; rv:128.0) Gecko/20100101 Firefox/128.0", "Linux, Firefox"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/120.0", "Windows, Edge"),
        ("curl/7.88.1", "curl"),
        ("HomeAssistant/2026.1 httpx/0.27 Python/3.13", "Home Assistant"),
        ("", "a device"),
        ("\x1b[31m<script>", "a device"),
    ],
)
def test_a_device_is_called_in_plain_words(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name


def test_a_name_that_is_taken_gets_the_next_number() -> None:
    assert unique("curl", []) == "curl"
    assert unique("curl", ["curl", "curl 2", "curl 4"]) == "curl 3"
