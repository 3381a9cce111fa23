"""Pages of scans, good and bad."""

import io
import pickle
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pdf2image
import pdf2image.exceptions
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

from digitizer import scans
from digitizer.errors import DependencyError, ScanError
from digitizer.records import Failure, PageImage, PageRef
from digitizer.scans import (
    MAX_PDF_DPI,
    MAX_PDF_SIDE_PX,
    NotAScanError,
    TruncatedError,
    believable_dpi,
    failure_from_error,
    list_pages,
    load_page,
    render_size,
)

INK = (40, 30, 20)  # RGB


def sheet(width: int = 850, height: int = 1100, mode: str = "RGB") -> Image.Image:
    """White paper with a dark block in its top left quarter and some noise."""
    noise = np.random.default_rng(7).integers(-8, 8, (height, width, 1))
    pixels = np.full((height, width, 3), 245) + noise
    pixels[: height // 4, : width // 4] = INK
    return Image.fromarray(pixels.astype(np.uint8)).convert(mode)


def pages_of(path: Path) -> tuple[PageRef, ...]:
    found = list_pages(path, path.name)
    assert not isinstance(found, Failure), found
    return found


def failure_of(path: Path) -> Failure:
    found = list_pages(path, path.name)
    assert isinstance(found, Failure)
    return found


def load(path: Path, page: int = 1) -> PageImage:
    return load_page(pages_of(path)[page - 1])


def assert_is_sheet(image: PageImage, *, color: bool = True) -> None:
    assert image.pixels.dtype == np.uint8
    assert image.pixels.ndim == 3
    assert image.pixels.shape[2] == 3
    height, width = image.pixels.shape[:2]
    ink = np.median(image.pixels[: height // 5, : width // 5], axis=(0, 1))
    paper = np.median(image.pixels[height // 2 :], axis=(0, 1))
    assert paper.min() > 225
    assert ink.max() < 60
    if color:
        assert ink == pytest.approx(INK[::-1], abs=12), "blue, green, red in this order"


# --- formats and pixel layouts


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
def test_each_picture_format_becomes_one_page(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    sheet().save(path, quality=95)
    [ref] = pages_of(path)
    assert (ref.page, ref.source_file, len(ref.sha256)) == (1, path.name, 64)
    assert_is_sheet(load_page(ref))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "CMYK", "I", "I;16", "F"])
def test_each_pixel_layout_becomes_bgr(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.tif"
    image = sheet()
    if mode in ("I", "I;16", "F"):
        gray = np.asarray(image.convert("L")).astype(np.float32)
        scale, kind = {"I": (257, np.int32), "I;16": (257, np.uint16), "F": (1 / 255, np.float32)}[
            mode
        ]
        image = Image.fromarray((gray * scale).astype(kind))
    else:
        image = image.convert(mode)
    image.save(path)
    with Image.open(path) as saved:
        assert saved.mode.startswith(mode)
    assert_is_sheet(load(path), color=mode in ("RGBA", "CMYK"))


def test_sixteen_bit_png_keeps_its_grays(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    ramp = np.tile(np.linspace(0, 65535, 512).astype(np.uint16), (64, 1))
    Image.fromarray(ramp).save(path)
    row = load(path).pixels[0, :, 0].astype(int)
    assert (row[0], row[-1]) == (0, 255)
    assert np.abs(row - np.linspace(0, 255, 512)).max() <= 1


def test_what_is_transparent_is_paper(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(path)
    assert load(path).pixels.min() == 255


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_exif_turn_is_applied(tmp_path: Path, suffix: str, orientation: int) -> None:
    path = tmp_path / f"a.{suffix}"
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = sheet()
    if orientation > 1:
        stored = stored.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(path, exif=exif, dpi=(100, 100))
    image = load(path)
    assert image.pixels.shape[:2] == (1100, 850)
    assert_is_sheet(image)
    assert image.dpi == 100


@pytest.mark.parametrize("lines_per_inch", [98, 196])
@pytest.mark.parametrize("turned", [False, True])
def test_fax_pixels_are_made_square(tmp_path: Path, lines_per_inch: int, turned: bool) -> None:
    path = tmp_path / "fax.tif"
    page = sheet(1728, lines_per_inch * 11, "1")
    tags = {274: 1}
    dpi = (204, lines_per_inch)
    if turned:
        page, tags, dpi = page.transpose(Image.Transpose.ROTATE_90), {274: 6}, dpi[::-1]
    page.save(path, compression="group4", dpi=dpi, tiffinfo=tags)
    image = load(path)
    height, width = image.pixels.shape[:2]
    assert (height / 11, width / (1728 / 204)) == pytest.approx((204, 204), rel=0.01)
    assert image.dpi == 204
    assert_is_sheet(image, color=False)


def test_pages_of_a_tiff_keep_their_order_and_previews_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    pages = [sheet(400 + 10 * i, 500) for i in range(3)]
    preview = sheet(40, 50)
    preview.encoderinfo = {"tiffinfo": {254: 1}}
    pages[0].save(path, save_all=True, append_images=[preview, *pages[1:]])
    refs = pages_of(path)
    assert [ref.page for ref in refs] == [1, 3, 4]
    assert [load_page(ref).pixels.shape[1] for ref in refs] == [400, 410, 420]


@pytest.mark.parametrize("count", [1, 2])
def test_a_tiff_whose_pages_are_all_called_previews_holds_these_pages(
    tmp_path: Path, count: int
) -> None:
    """It had none, and nothing told that the file was there."""
    path = tmp_path / "a.tif"
    pages = [sheet() for _ in range(count)]
    for page in pages:
        page.encoderinfo = {"tiffinfo": {254: 1}}
    pages[0].save(path, save_all=True, append_images=pages[1:], tiffinfo={254: 1})
    assert [ref.page for ref in pages_of(path)] == list(range(1, count + 1))
    assert_is_sheet(load_page(pages_of(path)[-1]))


def test_only_the_first_picture_of_a_phone_photo_is_a_page(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    sheet().save(path, format="MPO", save_all=True, append_images=[sheet(85, 110)])
    assert len(pages_of(path)) == 1


def test_content_decides_and_not_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "really-a-png.pdf"
    sheet().save(path, format="PNG")
    assert_is_sheet(load(path))


def test_heic_is_read_where_its_decoder_is_installed(tmp_path: Path) -> None:
    pillow_heif = pytest.importorskip("pillow_heif", reason="pillow-heif is optional")
    pillow_heif.register_heif_opener()
    path = tmp_path / "a.heic"
    sheet().save(path, format="HEIF", quality=95)
    assert_is_sheet(load(path))


# A file of this type, as far as its first bytes tell.
HEIC_HEAD = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"


def test_heic_without_its_decoder_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.heic"
    path.write_bytes(HEIC_HEAD)
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    failure = failure_of(path)
    assert failure.kind == "missing-decoder"
    assert "pillow-heif" in failure.message


# --- resolution


@pytest.mark.parametrize(
    ("dpi", "side", "believed"),
    [
        pytest.param(300, 3300, 300, id="letter"),
        pytest.param(72, 4032, None, id="a phone's placeholder: 56 inches"),
        pytest.param(1, 1100, None, id="aspect ratio only"),
        pytest.param(2400, 26400, None, id="more than any scanner is used with"),
        pytest.param(600, 1100, None, id="smaller than a postcard"),
        pytest.param(float("nan"), 1100, None, id="broken"),
    ],
)
def test_resolution_is_believed_where_it_makes_a_sheet(
    dpi: float, side: int, believed: float | None
) -> None:
    assert believable_dpi(dpi, side) == believed


def test_a_picture_without_resolution_has_none(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    sheet().save(path)
    assert load(path).dpi is None


@pytest.mark.parametrize("size", [(1, 40_000), (40_000, 1)])
def test_a_strip_is_loaded_and_judged_by_who_knows_pages(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """To see whether its black and white are exchanged it was made smaller than it was wide."""
    path = tmp_path / "a.png"
    Image.new("L", size, 255).save(path)
    assert load(path).pixels.shape == (size[1], size[0], 3)


@given(st.floats(0.001, 1e7), st.floats(0.001, 1e7))
def test_a_pdf_page_of_any_size_is_rendered_with_bounded_pixels(
    width: float, height: float
) -> None:
    size = render_size(width, height)
    assert max(width, height) / 72 * size.render_dpi <= MAX_PDF_SIDE_PX * 1.001
    assert 0 < size.render_dpi <= MAX_PDF_DPI


# --- PDF


def save_pdf(path: Path, count: int = 1, resolution: float = 100) -> Path:
    pages = [sheet(850 + 10 * i, 1100) for i in range(count)]
    pages[0].save(path, save_all=True, append_images=pages[1:], resolution=resolution)
    return path


def test_pages_of_a_pdf_are_rendered_at_200_dpi(tmp_path: Path) -> None:
    refs = pages_of(save_pdf(tmp_path / "a.pdf", count=3))
    assert [ref.page for ref in refs] == [1, 2, 3]
    second = load_page(refs[1])
    assert second.pixels.shape[:2] == pytest.approx((2200, 1720), abs=1)
    assert second.dpi == 200
    assert_is_sheet(second)


@pytest.mark.parametrize("name", ["-r.pdf", "deux mots é.pdf", "two\nlines.pdf", "%d.pdf"])
def test_pdf_files_with_odd_names_are_read(tmp_path: Path, name: str) -> None:
    assert_is_sheet(load(save_pdf(tmp_path / name)))


def test_a_pdf_named_by_a_relative_path_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_pdf(tmp_path / "-a.pdf")
    monkeypatch.chdir(tmp_path)
    assert_is_sheet(load(Path("-a.pdf")))


def test_a_photo_put_in_a_pdf_at_pocket_size_stays_readable(tmp_path: Path) -> None:
    image = load(save_pdf(tmp_path / "a.pdf", resolution=500))
    assert max(image.pixels.shape) > 1200
    assert image.dpi is None


def hand_written_pdf(media_box: str, *, trailer: str = "") -> bytes:
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{media_box}] >>",
    ]
    out = b"%PDF-1.4\n"
    places = []
    for number, text in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    return (
        out
        + (
            f"xref\n0 4\n0000000000 65535 f \n{table}trailer\n<< /Size 4 /Root 1 0 R {trailer} >>\n"
            f"startxref\n{len(out)}\n%%EOF\n"
        ).encode()
    )


def test_a_pdf_page_as_large_as_a_field_is_rendered_small(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(hand_written_pdf("0 0 900000 450000"))
    image = load(path)
    assert max(image.pixels.shape) <= MAX_PDF_SIDE_PX + 1
    assert image.dpi is None


def test_an_encrypted_pdf_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "secret.pdf"
    # No password opens it: the check values are arbitrary.
    secret = "41" * 32
    encrypt = f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{secret}> /U <{secret}> >>"
    identity = "/ID [<4141> <4141>]"
    path.write_bytes(hand_written_pdf("0 0 612 792", trailer=f"{encrypt} {identity}"))
    failure = failure_of(path)
    assert failure.kind == "encrypted"
    assert "secret.pdf" in failure.message
    assert "password" in failure.message


@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_a_cut_pdf_is_reported_and_never_mended_to_fewer_pages(
    tmp_path: Path, share: float
) -> None:
    path = save_pdf(tmp_path / "a.pdf", count=3)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert failure_of(path).kind == "truncated"


def test_a_pdf_that_lost_its_end_is_not_mended_on_trust(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    whole = hand_written_pdf("0 0 612 792")
    path.write_bytes(whole)
    assert len(pages_of(path)) == 1
    # Poppler would find the page again in what is left, here as anywhere.
    path.write_bytes(whole[: whole.index(b"startxref")])
    assert failure_of(path).kind == "truncated"


def test_a_cut_web_pdf_is_told_by_the_length_it_states(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    whole = hand_written_pdf("0 0 612 792")
    stated = b"%PDF-1.4\n9 0 obj << /Linearized 1 /L 99999 /H [1 2] >> endobj\n"
    path.write_bytes(stated + whole[9:])
    assert failure_of(path).kind == "truncated"


def test_a_pdf_with_a_proper_end_and_rubbish_inside_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4\n" + b"rubbish " * 100 + b"\n%%EOF\n")
    assert failure_of(path).kind == "truncated"


def test_a_page_the_pdf_does_not_have_is_an_error(tmp_path: Path) -> None:
    path = save_pdf(tmp_path / "a.pdf")
    with pytest.raises(ScanError, match=r"a\.pdf"):
        load_page(PageRef(str(path), "a.pdf", 7, ""))


def test_missing_poppler_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [ref] = pages_of(save_pdf(tmp_path / "a.pdf"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DependencyError, match="poppler-utils"):
        list_pages(ref.path, ref.source_file)
    with pytest.raises(DependencyError, match="brew install poppler"):
        load_page(ref)


def test_hanging_pdf_tools_are_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_pdf(tmp_path / "a.pdf")
    tool = tmp_path / "pdfinfo"
    tool.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(scans, "PDF_INFO_TIMEOUT_S", 0.2)
    assert failure_of(path).kind == "timeout"


def test_every_call_of_the_pdf_tools_has_a_time_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_pdf(tmp_path / "a.pdf")
    limits: list[object] = []
    for name in ("pdfinfo_from_path", "convert_from_path"):
        original = getattr(pdf2image, name)

        def noting(*args: object, _original: object = original, **options: object) -> object:
            limits.append(options.get("timeout"))
            assert callable(_original)
            return _original(*args, **options)

        monkeypatch.setattr(pdf2image, name, noting)
    load(path)
    assert len(limits) == 3
    assert all(isinstance(limit, int) and limit > 0 for limit in limits)


# --- bad pictures


def test_an_empty_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.touch()
    failure = failure_of(path)
    assert failure.kind == "empty-file"
    assert "a.pdf" in failure.message


@pytest.mark.parametrize("suffix", ["pdf", "png", "tif"])
def test_text_under_the_name_of_a_scan_is_no_scan(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"letter.{suffix}"
    path.write_text("Dear madam,\nthis is a letter.\n" * 80)
    failure = failure_of(path)
    assert failure.kind == "not-a-scan"
    assert "\n" not in failure.message


@pytest.mark.parametrize("keep_going", [False, True])
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_a_cut_picture_is_truncated_and_never_half_gray(
    tmp_path: Path, suffix: str, keep_going: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another library in the process may have set Pillow's lenient switch.
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", keep_going)
    path = tmp_path / f"a.{suffix}"
    sheet().save(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(TruncatedError, match=r"a\.\w+: the file is damaged"):
        load_page(PageRef(str(path), path.name, 1, ""))


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "group4", "jpeg", "tiff_adobe_deflate"])
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_cut_tiff_is_truncated(tmp_path: Path, compression: str | None, share: float) -> None:
    path = tmp_path / "a.tif"
    sheet(mode="1" if compression == "group4" else "RGB").save(path, compression=compression)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    found = list_pages(path, "a.tif")
    if isinstance(found, Failure):
        assert found.kind == "truncated"
        return
    with pytest.raises(TruncatedError):
        load_page(found[0])


def test_a_tiff_cut_between_pages_keeps_the_good_ones_and_names_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    pages = [sheet(400, 500) for _ in range(3)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * 0.5)])
    refs = pages_of(path)
    assert [ref.page for ref in refs] == [1, 2, 3]
    assert_is_sheet(load_page(refs[0]))
    for ref in refs[1:]:
        with pytest.raises(TruncatedError):
            load_page(ref)


def png_of_zeros(side: int) -> bytes:
    """A 1-bit PNG of ``side`` x ``side`` zeros: 200 MB of pixels in 200 kB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    packer = zlib.compressobj(1)
    line = bytes(1 + (side + 7) // 8)
    body = b"".join(packer.compress(line * 1000) for _ in range(side // 1000)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [13_000, 40_000])
def test_a_png_of_40000_by_40000_is_refused_before_it_is_decoded(
    tmp_path: Path, side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_of_zeros(side))

    def decoding(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decoding)
    failure = failure_of(path)
    assert failure.kind == "too-large"
    assert "bomb.png" in failure.message
    with pytest.raises(ScanError):
        load_page(PageRef(str(path), "bomb.png", 1, ""))


def test_a_huge_second_page_of_a_tiff_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.tif"
    sheet(200, 300).save(path, save_all=True, append_images=[sheet(400, 600)])
    monkeypatch.setattr(scans, "MAX_SCAN_PX", 100_000)
    first, second = pages_of(path)
    assert load_page(first).pixels.shape == (300, 200, 3)
    with pytest.raises(scans.TooLargeError):
        load_page(second)


def test_an_unreadable_file_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    sheet().save(path)

    def refusing(self: Path, *_: object) -> io.BytesIO:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refusing)
    failure = failure_of(path)
    assert failure.kind == "unreadable"
    assert "permission denied" in failure.message


@pytest.mark.parametrize("is_folder", [False, True])
def test_what_is_no_file_is_reported(tmp_path: Path, is_folder: bool) -> None:
    path = tmp_path / "a.pdf"
    if is_folder:
        path.mkdir()
    assert failure_of(path).kind == ("not-a-scan" if is_folder else "not-found")


def test_messages_stay_on_one_line(tmp_path: Path) -> None:
    failure = list_pages(tmp_path / "x.pdf", "two\nlines.pdf")
    assert isinstance(failure, Failure)
    assert "\n" not in failure.message


def test_errors_keep_their_kind_on_the_way_back_from_a_worker() -> None:
    for kind in scans.PageError.__subclasses__():
        error = pickle.loads(pickle.dumps(kind("a.pdf: no")))
        assert failure_from_error(error) == Failure("scan", kind.kind, "a.pdf: no")
    assert failure_from_error(ScanError("x")).kind == "unreadable"
    assert NotAScanError("x").exit_code == 3


@given(
    st.binary(max_size=400), st.sampled_from([b"", b"II*\0", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"])
)
def test_any_bytes_give_pages_or_a_failure(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, head: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.bin"
    path.write_bytes(head + content)
    found = list_pages(path, "a.bin")
    if isinstance(found, Failure):
        return
    for ref in found:
        with pytest.raises(ScanError):
            load_page(ref)
