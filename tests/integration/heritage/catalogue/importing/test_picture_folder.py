"""Pictures in a folder or zip: what records mean by a name, and what an archive may not do."""

import zipfile
from pathlib import Path

import pytest

from heritage.catalogue.importing.picture_folder import PictureFolder, unpack_pictures
from heritage.errors import UserError
from heritage.pictures.store import ImageError


def folder(tmp_path: Path, *names: str) -> PictureFolder:
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return PictureFolder(tmp_path)


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("a/1.jpg", "a/1.jpg"),
        ("A/1.JPG", "a/1.jpg"),
        ("C:\\scans\\a\\1.jpg", "a/1.jpg"),
        ("a|1.jpg", "a/1.jpg"),
        ("1", "a/1.jpg"),
        ("Kru\u0308g.jpg", "Kr\u00fcg.jpg"),
    ],
)
def test_a_picture_is_found_by_what_tools_make_of_its_name(tmp_path: Path, asked: str, there: str) -> None:
    assert folder(tmp_path, "a/1.jpg", "Kr\u00fcg.jpg").find(asked) == tmp_path / there


@pytest.mark.parametrize(
    "asked", ["../secret.jpg", "/etc/passwd", "a/../../secret.jpg", "link.jpg", "a\0.jpg", "2.jpg"]
)
def test_what_leads_out_or_is_ambiguous_is_not_found(tmp_path: Path, asked: str) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"x")
    pictures = folder(tmp_path / "pictures", "1.jpg", "a/2.jpg", "b/2.jpg")
    (tmp_path / "pictures" / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    with pytest.raises(ImageError):
        pictures.find(asked)


def test_of_an_archive_only_honest_files_are_unpacked_and_the_rest_is_told(tmp_path: Path) -> None:
    archive, into = tmp_path / "p.zip", tmp_path / "into"
    into.mkdir()
    link = zipfile.ZipInfo("link.jpg")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("good.jpg", b"good")
        packed.writestr("../outside.jpg", b"x")
        packed.writestr("/absolute.jpg", b"x")
        packed.writestr(link, "/etc/passwd")
        packed.writestr("n" * 300 + ".jpg", b"x")
        packed.writestr("large.jpg", b"0" * 2000)
        packed.writestr("damaged.jpg", b"damaged picture")
        packed.writestr("good.jpg/below.jpg", b"x")
        packed.writestr("last.jpg", b"last")
    data = bytearray(archive.read_bytes())
    place = data.index(b"damaged.jpg") + len(b"damaged.jpg")
    data[place + 3] ^= 0xFF
    archive.write_bytes(data)
    told = [notice.example for notice in unpack_pictures(archive, into, max_bytes=1000)]
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.jpg") if path.stat().st_size) == [
        "into/good.jpg",
        "into/last.jpg",
    ]
    assert len(told) == 7
    for reason in ("leads out", "is a link", "larger than", "name too long", "cannot be unpacked"):
        assert any(reason in each.lower() for each in told), reason


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"not a zip at all"])
def test_what_is_no_archive_is_said_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p.zip").write_bytes(content)
    with pytest.raises(UserError, match="no zip file that can be read"):
        unpack_pictures(tmp_path / "p.zip", tmp_path, max_bytes=1000)


def test_an_archive_larger_than_the_disk_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    archive = tmp_path / "p.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a.jpg", b"x")
    data = bytearray(archive.read_bytes())
    place = data.rindex(b"PK\x01\x02") + 24
    data[place : place + 4] = (0xFFFFFF00).to_bytes(4, "little")
    archive.write_bytes(data)
    with pytest.MonkeyPatch.context() as patched:
        import os

        real = os.statvfs(tmp_path)
        small = type("Small", (), {"f_bavail": 1000, "f_frsize": real.f_frsize})
        patched.setattr("os.statvfs", lambda _: small)
        with pytest.raises(UserError, match="make room first"):
            unpack_pictures(archive, tmp_path, max_bytes=1 << 40)


def test_pictures_that_nobody_named_are_counted(tmp_path: Path) -> None:
    pictures = folder(tmp_path, "1.jpg", *(f"more/{number}.jpg" for number in range(9)))
    pictures.find("1.jpg")
    assert sum(notice.count for notice in pictures.unused()) == 9
