"""What the archives list: SDC, directory listings, Calgary, Poker Flat; newest version of each slot."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from magnetoflow.archive.layout import PRODUCTS
from magnetoflow.archive.remote.discover import discover, discover_skymaps
from magnetoflow.archive.remote.index import parse_index
from magnetoflow.archive.remote.listed import LONGEST_ANSWER, Listed, Listing, listing, newest
from magnetoflow.archive.remote.settings import Settings
from magnetoflow.errors import ArchiveError, DownloadError, NotReleased
from tests.unit.listings import Server, apache, apache_pre, nginx, plain, sdc

SETTINGS = Settings(
    sdc="http://sdc/api/v1",
    spdf="http://spdf/pub/data/",
    calgary="http://cal/THEMIS/asi",
    calgary_api="http://api/urls",
    pfrr="http://pf/RAW",
)
BY_SPDF = replace(SETTINGS, mms="spdf")
DAY = date(2015, 10, 17)
INFO, ANCILLARY = "http://sdc/api/v1/file_info/science", "http://sdc/api/v1/file_info/ancillary"
FAST = "mms1_fpi_fast_l2_dis-moms_20151017{}0000_v{}.cdf"
FAST_FOLDER = "mms/mms1/fpi/fast/l2/dis-moms/2015/10"
FAST_URL = f"http://spdf/pub/data/{FAST_FOLDER}/"
LIST = "http://host/pub/data/"
ROOTS: dict[str, str | None] = {
    "http://spdf/pub/data/": apache("/pub/data", []),
    "http://cal/THEMIS/asi/": "<title>Data of THEMIS</title>",
    "http://pf/RAW/": None,
}
"""The archives are there, whether or not they list their roots."""


def fast(answer: str) -> Listing:
    return discover(Server({INFO: answer}), SETTINGS, "mms_fpi_fast_dis-moms", "mms1", DAY)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# ---- SDC


def test_files_of_the_sdc_carry_slot_version_size_and_where_they_are() -> None:
    found = fast(sdc(FAST.format("04", "3.4.0")))

    name = "mms1_fpi_fast_l2_dis-moms_20151017040000_v3.4.0.cdf"
    expected = Listed(
        name,
        f"http://sdc/api/v1/download/science?file={name}",
        f"{FAST_FOLDER}/{name}",
        at("2015-10-17T04:00"),
        (3, 4, 0),
        1000,
    )
    assert found.files == (expected,)
    assert found.missing is None


@pytest.mark.parametrize(
    ("product", "asked"),
    [
        ("mms_fpi_fast_dis-moms", ("fpi", "fast", "l2", "dis-moms")),
        ("mms_fpi_brst_des-moms", ("fpi", "brst", "l2", "des-moms")),
        ("mms_fgm_srvy", ("fgm", "srvy", "l2")),
        ("mms_fgm_brst", ("fgm", "brst", "l2")),
        ("mms_edp_scpot_fast", ("edp", "fast", "l2", "scpot")),
        ("mms_hpca_srvy", ("hpca", "srvy", "l2", "moments")),
        ("mms_mec_srvy", ("mec", "srvy", "l2", "epht89d")),
    ],
)
def test_the_sdc_is_asked_for_whole_days_and_fgm_without_descriptor(
    product: str, asked: tuple[str, ...]
) -> None:
    server = Server({INFO: sdc()})

    discover(server, SETTINGS, product, "mms2", date(2015, 12, 31))

    names = ("instrument_id", "data_rate_mode", "data_level", "descriptor")
    assert server.params == [
        {"start_date": "2015-12-31", "end_date": "2016-01-01", "sc_id": "mms2"}
        | dict(zip(names, asked, strict=False))
    ]


def test_what_was_not_asked_for_is_left_out() -> None:
    """D16: other days, probes and products in the answer."""
    mine = FAST.format("22", "3.4.0")
    others = [
        FAST.format("00", "3.4.0").replace("20151017", "20151018"),
        FAST.format("22", "3.4.0").replace("20151017", "20151016"),
        FAST.format("04", "3.4.0").replace("mms1", "mms2"),
        FAST.format("04", "3.4.0").replace("dis", "des"),
        "mms1_fgm_srvy_l2_20151017_v4.18.0.cdf",
        "README",
    ]

    assert [one.name for one in fast(sdc(*others, mine)).files] == [mine]


def test_a_burst_file_that_starts_before_an_interval_is_listed() -> None:
    """D16: the span narrows images only; what reaches into it is for the manifest to say."""
    names = [f"mms1_fgm_brst_l2_20151017{time}_v4.18.0.cdf" for time in ("065500", "070200", "235800")]
    server = Server({INFO: sdc(*names)})

    span = (at("2015-10-17T07:00"), at("2015-10-17T07:01"))
    found = discover(server, SETTINGS, "mms_fgm_brst", "mms1", DAY, span)

    assert [one.name for one in found.files] == names


def test_orbits_come_from_the_sdc_whatever_the_mirror() -> None:
    names = [f"MMS1_DEFEPH_201529{n}_201529{n + 1}.V0{v}" for n, v in ((0, 1), (0, 0), (1, 0))]
    server = Server({ANCILLARY: sdc("MMS2_DEFEPH_2015290_2015291.V00", *names)})

    found = discover(server, BY_SPDF, "mms_defeph", "mms1", DAY)

    assert [(one.name, one.version) for one in found.files] == [(names[1], (0,)), (names[0], (1,))]
    assert found.files[0].path == "mms/ancillary/mms1/defeph/MMS1_DEFEPH_2015290_2015291.V00"
    assert found.files[0].url.endswith("/download/ancillary?file=MMS1_DEFEPH_2015290_2015291.V00")
    assert server.params == [
        {"start_date": "2015-10-16", "end_date": "2015-10-19", "sc_id": "mms1", "product": "defeph"}
    ]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("<html><body>maintenance</body></html>", "not JSON"),
        ('{"files": [{"file_name": "a', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not an object"),
        ("null", "not an object"),
        ("{}", "no list of files"),
        ('{"message": "error"}', "message"),
        ('{"files": null}', "no list of files"),
        ('{"files": {"a": 1}}', "no list of files"),
        ('{"files": ["a.cdf"]}', "no object"),
        ('{"files": [{"file_size": 3}]}', "no file_name"),
        ('{"files": [{"file_name": 7, "file_size": 3}]}', "no file_name"),
        ('{"files": [{"file_name": "a.cdf"}]}', "file_size of a.cdf"),
        *(
            (json.dumps({"files": [{"file_name": "a.cdf", "file_size": size}]}), "file_size of a.cdf")
            for size in ("1000", -1, 1.5, None, True, float("nan"), [1])
        ),
        *(
            (json.dumps({"files": [{"file_name": name, "file_size": 3}]}), "no file's")
            for name in ("../a.cdf", "a/b.cdf", "/etc/passwd", "..", ".", "", "a\\b.cdf", "a\nb.cdf", "a\0b")
        ),
    ],
)
def test_answers_that_are_no_listing_are_refused(answer: str, words: str) -> None:
    """D14, also in entries that nobody asked for."""
    with pytest.raises(DownloadError, match=words) as caught:
        fast(answer)

    assert caught.value.url.startswith(INFO + "?start_date=2015-10-17")


def test_an_answer_without_our_files_says_why_there_is_none() -> None:
    assert "none of 0 files" in (fast(sdc()).missing or "")
    assert "none of 2 files" in (fast(sdc("a.cdf", "b.cdf")).missing or "")


def test_a_huge_answer_is_refused() -> None:
    with pytest.raises(DownloadError, match="too long"):
        fast("x" * (LONGEST_ANSWER + 1))


def test_a_file_listed_twice_counts_once_and_never_with_two_sizes() -> None:
    name = FAST.format("04", "3.4.0")
    assert len(fast(sdc(name, name)).files) == 1

    both = json.loads(sdc(name, name))
    both["files"][1]["file_size"] = 999
    with pytest.raises(DownloadError, match=rf"contradicts itself about {name}"):
        fast(json.dumps(both))


# ---- newest


def files_of(*names: str) -> list[Listed]:
    return list(fast(sdc(*names)).files)


def test_the_newest_version_is_chosen_per_slot() -> None:
    """F17 and L6: only one hour has the newest version; numbers are compared, not digits."""
    names = [
        FAST.format(*one)
        for one in (("00", "3.4.0"), ("02", "3.3.9"), ("02", "3.4.1"), ("02", "3.4.0"), ("04", "3.10.0"))
    ]
    names.append(FAST.format("04", "3.9.0"))

    chosen, others = newest(files_of(*names))

    assert [one.version for one in chosen] == [(3, 4, 0), (3, 4, 1), (3, 10, 0)]
    assert [one.version for one in others] == [(3, 3, 9), (3, 4, 0), (3, 9, 0)]
    assert sorted(one.slot.hour for one in chosen) == [0, 2, 4]


def test_an_older_version_that_comes_later_changes_nothing() -> None:
    """F17."""
    first, later = (files_of(*(FAST.format("04", v) for v in vs)) for vs in (("3.4.1",), ("3.4.1", "3.4.0")))

    assert newest(first)[0] == newest(later)[0] == newest(later[::-1])[0]


def test_of_equal_versions_one_is_taken() -> None:
    one = files_of(FAST.format("04", "3.4.0"))[0]
    other = replace(one, path=one.path.upper())

    chosen, others = newest([one, other])

    assert (chosen, others) == ([other], [one])


def test_twins_of_an_image_count_once_and_the_compressed_is_taken() -> None:
    def image(path: str) -> Listed:
        return Listed(path.rsplit("/", 1)[1], f"http://x/{path}", path, at("2014-03-10T06:00"), ())

    gz, pgm = image("a/x_full.pgm.gz"), image("a/x_full.pgm")
    other, alone = image("a/y_full.pgm"), image("b/x_full.pgm")

    chosen, others = newest([pgm, alone, other, gz])

    assert chosen == [gz, other, alone]
    assert others == [pgm]


# ---- directory listings

SHAPES: list[Callable[..., str]] = [apache, apache_pre, nginx, plain]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_server_s_listing_gives_names_and_folders(shape: Callable[..., str]) -> None:
    rows = [("c_v1.cdf", "5"), ("a/", "-"), ("b +x.cdf", "7"), ("README", "2"), ("a_name " * 20, "1")]

    entries = parse_index(shape("/pub/data", rows), LIST)

    assert [(one.name, one.folder) for one in entries] == [
        ("README", False),
        ("a", True),
        ("a_name " * 20, False),
        ("b +x.cdf", False),
        ("c_v1.cdf", False),
    ]
    assert entries[1].url == LIST + "a/"
    assert entries[3].url == LIST + "b%20%2Bx.cdf"


@pytest.mark.parametrize("shape", SHAPES[:3])
@pytest.mark.parametrize(
    ("text", "size", "about"),
    [
        ("972", 972, None),
        ("0", 0, None),
        ("2305843009213693952", 2305843009213693952, None),
        ("2.2M", None, (2202009, 2411725)),
        ("17M", None, (16 << 20, 18 << 20)),
        ("1.0K", None, (921, 1127)),
        ("3G", None, (2 << 30, 4 << 30)),
        ("1K", None, (0, 2048)),
        ("0.0K", None, (0, 103)),
        ("2.0 MiB", None, (1992294, 2202010)),
        ("2.0 MB", None, (1900000, 2202010)),
        ("-", None, None),
        ("2.2Mx", None, None),
        ("1" * 5000, None, None),
    ],
)
def test_sizes_are_exact_or_bounds(
    shape: Callable[..., str], text: str, size: int | None, about: tuple[int, int] | None
) -> None:
    entry = parse_index(shape("/pub/data", [("a.cdf", text), ("b.cdf", "5")]), LIST)[0]

    assert (entry.size, entry.about) == (size, about)


def test_a_date_is_no_size() -> None:
    page = (
        '<title>Index of x</title><table><tr><td><a href="a.cdf">a</a></td><td>18 Mar 2013 10:00</td>'
        '<td>2.0M</td></tr><tr><td>12</td><td><a href="b.cdf">b</a></td><td>Monday</td></tr></table>'
    )

    first, second = parse_index(page, LIST)

    assert (first.size, first.about) == (None, (1992294, 2202010))
    assert (second.size, second.about) == (None, None)


def test_a_number_before_a_link_is_not_the_size_of_the_link_before() -> None:
    page = (
        '<title>Index of x</title><table><tr><td>1</td><td><a href="a">a</a></td></tr>'
        '<tr><td>2</td><td><a href="b">b</a></td></tr></table>'
    )

    assert [one.size for one in parse_index(page, LIST)] == [None, None]


@pytest.mark.parametrize("shape", SHAPES[:3])
def test_a_name_with_two_sizes_is_refused(shape: Callable[..., str]) -> None:
    with pytest.raises(DownloadError, match=r"contradicts itself about a\.cdf"):
        parse_index(shape("/x", [("a.cdf", "1.0M"), ("a.cdf", "7")]), LIST)
    assert len(parse_index(shape("/x", [("a.cdf", "7"), ("a.cdf", "7")]), LIST)) == 1


@pytest.mark.parametrize("after", ["", "<a name='b'></a>5", "<a name='b'>5</a>"])
def test_a_number_in_or_behind_an_anchor_is_no_size(after: str) -> None:
    page = f"<title>Index of x</title><pre><a href='a'>12</a>{after}</pre>"

    assert [one.size for one in parse_index(page, LIST)] == [None]


@pytest.mark.parametrize(
    "links", ['<a href="a">i</a> <a href="a">a</a>5', '<a href="a">a</a>5<a href="a">i</a>']
)
def test_two_links_to_a_file_are_one_entry_with_its_size(links: str) -> None:
    page = f"<title>Index of x</title><pre>{links}</pre>"

    assert [(one.name, one.size) for one in parse_index(page, LIST)] == [("a", 5)]


def linked(*hrefs: str) -> str:
    links = "".join(f'<a href="{href}">x</a>\n' for href in hrefs)
    return f"<html><title>Index of /pub/data</title><pre>{links}</pre></html>"


def test_only_links_directly_below_the_folder_count() -> None:
    inside = ["http://host/pub/data/a", "https://HOST/pub/data/b/", "/pub/data/c", "./d", "e#top"]
    outside = [
        "http://other/pub/data/f",
        "/pub/g",
        "../h",
        "/pub/data/",
        "",
        "?C=N",
        "i?x=1",
        "sub/j",
        "mailto:k@l",
        "file:///etc/passwd",
        "javascript:m()",
        "//other/n",
        "http://[bad/o",
        "/pub/database/p",
    ]

    entries = parse_index(linked(*inside, *outside), LIST)

    assert [one.url for one in entries] == [LIST + "a", LIST + "b/", LIST + "c", LIST + "d", LIST + "e"]


@pytest.mark.parametrize(
    "link",
    [
        "<A HREF='a&amp;b.cdf'>x</A>",
        "<a class=x href=a&amp;b.cdf>x</a>",
        '<a title="1 > 0" href="a&amp;b.cdf">x</a>',
        '<a\n href = "a&#38;b.cdf"\n>x</a>',
        '<a href="a&amp;b.cdf" title=\'>x</a>',
    ],
)
def test_links_are_read_as_servers_write_them(link: str) -> None:
    page = f"<title>Index of x</title><pre>{link}     2019-03-18 10:11 7</pre>"

    assert [(one.name, one.size) for one in parse_index(page, LIST)] == [("a&b.cdf", 7)]


@pytest.mark.parametrize(
    "other",
    [
        "<!-- <a href='b'>b</a> -->",
        "<script>if (1 < 2) write('<b></b><a href=b>b</a>')</script>",
        "<style>a { } <a href=b></style>",
        "<a-b href=b></a-b>",
        "<a name=b>b</a>",
        "<abbr href=b>b</abbr>",
    ],
)
def test_what_only_looks_like_a_link_is_none(other: str) -> None:
    page = f"<title>Index of x</title>{other}<pre><a href='a'>a</a>{other}</pre>"

    assert [one.name for one in parse_index(page, LIST)] == ["a"]


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<a href=", "<!--", "<![", "</", "</a", "<?", "<a title='", "&#1"]
)
def test_hostile_pages_end(piece: str) -> None:
    """The standard parser takes minutes for some, and fails by an assertion on another."""
    assert parse_index(f"<title>Index of x</title><pre></pre>{piece * 30_000}</pre>", LIST) == []


def test_a_character_of_too_many_digits_is_no_error() -> None:
    page = f"<title>Index of x</title><pre><a href='a'>a</a>&#{'1' * 5000};</pre>"

    assert [one.size for one in parse_index(page, LIST)] == [None]


@pytest.mark.parametrize("href", ["%2e%2e%2fa", "a%2Fb.cdf", "a%5Cb", "a%00b", "a%0Ab", "a\\b", "%2e%2e"])
def test_names_that_lead_elsewhere_are_refused(href: str) -> None:
    """D14."""
    with pytest.raises(DownloadError, match="no file's"):
        parse_index(linked("good.cdf", href), LIST)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("", "empty"),
        ("<html><title>503</title><body>Sorry, <a href='login.html'>log in</a></body></html>", "Sorry"),
        ("just words", "just words"),
        ('{"files": []}', "no directory listing"),
        (apache("/x", [("a.cdf", "1")]).partition("</table>")[0], "cut"),
        (nginx("/x", [("a.cdf", "1")]).partition("</pre>")[0], "cut"),
        ("<title>Index of /x</title><h1>Index", "cut"),
        ("<title>Index of /x</title><table>News</table><pre><a href='../'>up</a>\n<a href='a'>", "cut"),
    ],
)
def test_pages_that_are_no_whole_listing_are_refused(page: str, words: str) -> None:
    """D6 and D14: an error page with 200 is not an empty folder, and half a list is none."""
    with pytest.raises(DownloadError, match=words):
        parse_index(page, LIST)


@pytest.mark.parametrize(
    "page",
    [
        "<html><h1>Data</h1><table><a href='?C=M;O=A'>Time</a></table></html>",
        "<html><pre><a href='/pub/'>up</a></pre></html>",
        "<html><title>index of x</title></html>",
        "<title>index of x</title><pre></pre>",
        "<h1>Index of x</h1><table></table></div>",
    ],
)
def test_an_empty_listing_is_one(page: str) -> None:
    assert parse_index(page, LIST) == []


# ---- SPDF

BURST = "mms1_fgm_brst_l2_{}_v5.99.0.cdf"
MONTH_URL = "http://spdf/pub/data/mms/mms1/fgm/brst/l2/2015/10/"


def test_burst_files_of_spdf_lie_in_folders_of_months() -> None:
    """As pyspedas and speasy look for them; in the cache they lie by days, as at the SDC."""
    rows = [(BURST.format(f"201510{day}065500"), "1M") for day in ("16", "17", "18")]
    server = Server({MONTH_URL: apache("x", [*rows, ("17", "5")])})

    found = discover(server, BY_SPDF, "mms_fgm_brst", "mms1", DAY)

    assert [one.url for one in found.files] == [MONTH_URL + rows[1][0]]
    assert found.files[0].path == f"mms/mms1/fgm/brst/l2/2015/10/17/{rows[1][0]}"
    assert found.asked == " ".join(server.asked) == MONTH_URL


def test_burst_files_of_a_mirror_lie_in_folders_of_days() -> None:
    name = BURST.format("20151017065500")
    answers = {
        MONTH_URL: apache("x", [("16/", "-"), ("17/", "-")]),
        MONTH_URL + "17/": apache("x", [(name, "1M")]),
    }

    found = discover(Server(answers), BY_SPDF, "mms_fgm_brst", "mms1", DAY)

    assert [one.url for one in found.files] == [f"{MONTH_URL}17/{name}"]
    assert found.files[0].path == f"mms/mms1/fgm/brst/l2/2015/10/17/{name}"
    assert found.asked == f"{MONTH_URL} {MONTH_URL}17/"


@pytest.mark.parametrize(
    ("product", "probe", "root"),
    [
        ("mms_fpi_fast_dis-moms", "mms1", "http://spdf/pub/data/"),
        ("rbsp_rept_l3", "rbspa", "http://spdf/pub/data/"),
        ("themis_asi", "gill", "http://cal/THEMIS/asi/"),
        ("pfrr_dasc", "pkr", "http://pf/RAW/"),
    ],
)
def test_a_wrong_root_is_no_missing_day(product: str, probe: str, root: str) -> None:
    with pytest.raises(DownloadError, match="the archive is not there") as caught:
        discover(Server({}), BY_SPDF, product, probe, DAY)

    assert caught.value.url == root
    assert type(caught.value) is DownloadError


def test_spdf_is_read_by_its_folders() -> None:
    names = [FAST.format("04", "3.4.0"), FAST.format("04", "3.3.0")]
    rows = [(names[0], "2.2M"), (names[1], "900"), (names[0].replace("1017", "1018"), "1"), ("old/", "-")]
    rows += [(FAST.format("06", "3.4.0") + "/", "-"), ("17/", "-")]
    server = Server({FAST_URL: apache("/pub/data/mms", rows)})

    found = discover(server, BY_SPDF, "mms_fpi_fast_dis-moms", "mms1", DAY)

    assert [(one.name, one.size, one.about) for one in found.files] == [
        (names[1], 900, None),
        (names[0], None, (2202009, 2411725)),
    ]
    assert found.files[1].url == FAST_URL + names[0]
    assert found.files[1].path == f"{FAST_FOLDER}/{names[0]}"
    assert found.asked == FAST_URL


def test_rept_comes_in_capital_or_small_letters() -> None:
    folder = "rbsp/rbspb/l3/ect/rept/sectors/rel03/2013"
    names = [
        "RBSPB_rel03_ect-rept-sci-L3_20130317_v5.0.0.cdf",
        "rbspb_rel03_ect-rept-sci-l3_20130317_v5.1.cdf",
    ]
    other = "rbspa_rel03_ect-rept-sci-l3_20130317_v6.0.0.cdf"
    url = f"http://spdf/pub/data/{folder}/"
    server = Server({url: apache("/rel03", [(name, "18M") for name in (*names, other)])})

    found = discover(server, SETTINGS, "rbsp_rept_l3", "rbspb", date(2013, 3, 17))

    assert [one.path for one in found.files] == [f"{folder}/{name}" for name in names]
    assert newest(found.files)[0][0].name == names[1]


def test_a_folder_that_is_not_there_or_has_nothing_of_ours_says_so() -> None:
    """D7."""
    absent = discover(Server(ROOTS), BY_SPDF, "mms_fpi_fast_dis-moms", "mms1", DAY)
    empty = discover(Server({FAST_URL: apache("x", [])}), BY_SPDF, "mms_fpi_fast_dis-moms", "mms1", DAY)

    assert (absent.files, absent.missing) == ((), f"404 at {FAST_URL}")
    assert empty.missing == f"none of 0 entries is of mms1 and 2015-10-17: {FAST_URL}"


def test_what_is_not_for_the_public_is_no_missing_file() -> None:
    with pytest.raises(NotReleased):
        discover(Server({FAST_URL: None}), BY_SPDF, "mms_fpi_fast_dis-moms", "mms1", DAY)
    with pytest.raises(NotReleased):
        discover(Server({INFO: None}), SETTINGS, "mms_fpi_fast_dis-moms", "mms1", DAY)


def test_every_product_of_the_layout_can_be_asked_for() -> None:
    server = Server(ROOTS | {INFO: sdc(), ANCILLARY: sdc()})

    for product in PRODUCTS:
        assert discover(server, SETTINGS, product, "rbspa" if "rbsp" in product else "mms1", DAY).missing
    with pytest.raises(ArchiveError, match="unknown product"):
        discover(server, SETTINGS, "mms_fpi", "mms1", DAY)


# ---- THEMIS

NIGHT = date(2014, 3, 10)
DAY_URL = "http://cal/THEMIS/asi/stream0/2014/03/10/"
CAMERA_URL = DAY_URL + "gill_themis19/"
IMAGE = "20140310_{}_gill_themis19_full.pgm.gz"
CAMERA_PATH = "themis/asi/stream0/2014/03/10/gill_themis19"


def image_tree() -> dict[str, str | None]:
    wide, day_before = IMAGE.format("0601").replace("full", "wide_full"), IMAGE.replace("0310", "0309")
    hour = [(IMAGE.format("0600"), "2.0M"), (IMAGE.format("0601"), "1.9M"), (wide, "1M"), ("md5sum", "3")]
    return {
        DAY_URL: apache(
            "x",
            [("gill_themis19/", "-"), ("gako_themis09/", "-"), ("gill_rego1/", "-"), ("gill_themis1", "1")],
        ),
        CAMERA_URL: apache("x", [("ut06/", "-"), ("ut07/", "-"), ("ut08/", "-"), ("info.txt", "5")]),
        CAMERA_URL + "ut06/": apache("x", [*hour, (IMAGE.format("0600")[:-3], "9M")]),
        CAMERA_URL + "ut07/": apache("x", [(IMAGE.format("0759"), "2.0M"), (day_before.format("0700"), "1")]),
        CAMERA_URL + "ut08/": apache("x", [(IMAGE.format("0800"), "2.0M")]),
    }


def test_images_are_listed_by_day_camera_and_hour() -> None:
    server = Server(image_tree())

    found = discover(server, SETTINGS, "themis_asi", "gill", NIGHT)

    assert [one.path.removeprefix(CAMERA_PATH) for one in found.files] == [
        "/ut06/20140310_0600_gill_themis19_full.pgm",
        "/ut06/20140310_0600_gill_themis19_full.pgm.gz",
        "/ut06/20140310_0601_gill_themis19_full.pgm.gz",
        "/ut07/20140310_0759_gill_themis19_full.pgm.gz",
        "/ut08/20140310_0800_gill_themis19_full.pgm.gz",
    ]
    assert found.files[3].slot == at("2014-03-10T07:59")
    assert found.files[3].url == CAMERA_URL + "ut07/" + IMAGE.format("0759")
    assert (found.files[3].version, found.files[3].about) == ((), (1992294, 2202010))
    assert found.wide == 1
    assert found.asked.split(" ") == server.asked == list(image_tree())


def test_a_span_of_images_asks_for_its_hours_only() -> None:
    server = Server(image_tree())

    span = (at("2014-03-10T06:59"), at("2014-03-10T08:00"))
    found = discover(server, SETTINGS, "themis_asi", "gill", NIGHT, span)

    assert server.asked == [DAY_URL, CAMERA_URL, CAMERA_URL + "ut06/", CAMERA_URL + "ut07/"]
    assert {one.slot.hour for one in found.files} == {6, 7}


def test_images_beside_the_folders_of_hours_are_found_too() -> None:
    tree = image_tree() | {
        CAMERA_URL: apache("x", [(IMAGE.format("0900"), "1M"), (IMAGE.format("1000"), "1M")])
    }

    span = (at("2014-03-10T10:00"), at("2014-03-10T10:10"))
    found = discover(Server(tree), SETTINGS, "themis_asi", "gill", NIGHT, span)

    assert [one.path for one in found.files] == [f"{CAMERA_PATH}/{IMAGE.format('1000')}"]


def test_a_listed_hour_that_is_not_there_is_an_error() -> None:
    """Half a night is not answered as a whole one."""
    tree = image_tree()
    del tree[CAMERA_URL + "ut07/"]

    with pytest.raises(DownloadError, match="listed and not there") as caught:
        discover(Server(tree), SETTINGS, "themis_asi", "gill", NIGHT)

    assert caught.value.url == CAMERA_URL + "ut07/"
    assert type(caught.value) is DownloadError


def test_days_and_cameras_without_images_say_why() -> None:
    absent = discover(Server(ROOTS), SETTINGS, "themis_asi", "gill", NIGHT)
    other = discover(Server(image_tree()), SETTINGS, "themis_asi", "rank", NIGHT)

    assert absent.missing == f"404 at {DAY_URL}"
    assert other.missing == f"no image of rank on 2014-03-10: {DAY_URL}"


def api(*names: str, prefix: str = "http://cal/THEMIS/asi/stream0", **more: object) -> str:
    urls = [f"{prefix}/{name}" for name in names]
    answer = {"urls": urls, "path_prefix": prefix, "count": len(urls), "dataset": {}, "total_bytes": 5}
    return json.dumps(answer | more)


BY_API = replace(SETTINGS, images="api")
MINUTE = "2014/03/10/gill_themis19/ut06/20140310_0600_gill_themis19_full.pgm.gz"


def test_the_web_service_gives_the_same_files() -> None:
    others = [
        MINUTE.replace("0600", "0700"),
        MINUTE.replace("gill", "gako"),
        MINUTE.replace("full", "wide_full"),
        MINUTE.replace("0310", "0311"),
        "README",
    ]
    server = Server({"http://api/urls": api(MINUTE, *others)})

    span = (at("2014-03-10T06:00"), at("2014-03-10T07:00"))
    found = discover(server, BY_API, "themis_asi", "gill", NIGHT, span)

    listed = discover(Server(image_tree()), SETTINGS, "themis_asi", "gill", NIGHT, span)
    assert [(one.path, one.slot, one.url) for one in found.files] == [
        (one.path, one.slot, one.url) for one in listed.files if one.name == IMAGE.format("0600")
    ]
    assert found.wide == 1
    assert server.params == [
        {
            "name": "THEMIS_ASI_RAW",
            "start": "2014-03-10T06:00:00",
            "end": "2014-03-10T07:00:00",
            "site_uid": "gill",
        }
    ]


def test_without_a_span_the_web_service_is_asked_for_the_day() -> None:
    server = Server({"http://api/urls": api()})

    found = discover(server, BY_API, "themis_asi", "gill", NIGHT)

    assert (server.params[0]["start"], server.params[0]["end"]) == (
        "2014-03-10T00:00:00",
        "2014-03-11T00:00:00",
    )
    assert (found.missing or "").startswith("no image of gill on 2014-03-10: http://api/urls?name=")


@pytest.mark.parametrize("settings", [SETTINGS, BY_API])
def test_a_span_outside_the_day_has_no_images(settings: Settings) -> None:
    server = Server(image_tree() | {"http://api/urls": api(MINUTE)})

    span = (at("2014-03-11T00:00"), at("2014-03-11T01:00"))
    found = discover(server, settings, "themis_asi", "gill", NIGHT, span)

    assert found.files == ()
    assert found.missing is not None
    assert not any("ut" in url for url in server.asked)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("", "empty"),
        ("<html>", "not JSON"),
        ('{"detail": "no such dataset"}', "detail"),
        (api(MINUTE, urls=None), "no list of urls"),
        (api(MINUTE, path_prefix=3), "no path_prefix"),
        (api(MINUTE, count=2), "1 urls and says count 2"),
        (api(MINUTE, urls=[7]), "not below path_prefix"),
        (api(MINUTE, path_prefix="http://cal/THEMIS/asi/stream"), "not below path_prefix"),
        (api(MINUTE, urls=["http://evil/x.pgm.gz"]), "not below path_prefix"),
        (api(MINUTE, prefix="http://evil/stream0"), "not of a configured host"),
        (api(MINUTE, prefix="ftp://cal/stream0"), "not of a configured host"),
        (api(MINUTE, prefix="file://cal/stream0"), "not of a configured host"),
        (api(MINUTE + "?x=1"), "not of a configured host"),
        (api(MINUTE + "#x"), "not of a configured host"),
        (api(MINUTE, prefix="http://cal@evil/stream0"), "not of a configured host"),
        (api(MINUTE, prefix="http://[cal/stream0"), "Invalid IPv6"),
        (api("../../" + MINUTE), "no file's"),
        (api("%2e%2e/" + MINUTE), "no file's"),
        (api("a/"), "no file's"),
        (api("a%2fb"), "no file's"),
        (api("a%0ab"), "no file's"),
    ],
)
def test_what_is_not_the_web_service_s_answer_is_refused(answer: str, words: str) -> None:
    """D14 and D17."""
    with pytest.raises(DownloadError, match=words):
        discover(Server({"http://api/urls": answer}), BY_API, "themis_asi", "gill", NIGHT)


def test_files_may_be_on_a_host_that_is_configured() -> None:
    settings = replace(BY_API, hosts=("Mirror",))
    answer = api(MINUTE, prefix="http://mirror/stream0")

    found = discover(Server({"http://api/urls": answer}), settings, "themis_asi", "gill", NIGHT)

    assert found.files[0].url == f"http://mirror/stream0/{MINUTE}"


def test_skymaps_are_found_in_folders_and_beside_them() -> None:
    top = "http://cal/THEMIS/asi/skymaps/gako/"
    names = ["themis_skymap_gako_20110305-+_vXX.sav", "themis_skymap_gako_20110305-+_v02.sav"]
    flat = "themis_skymap_gako_20070101-20110304_v01.sav"
    server = Server(
        {
            top: apache(
                "x", [("gako_20110305/", "-"), (flat, "9.0M"), ("old/", "-"), ("gill_20110305/", "-")]
            ),
            top + "gako_20110305/": apache(
                "x", [(names[0], "9.1M"), (names[1], "9.1M"), ("x.pdf", "1K"), (f"{flat}/", "-")]
            ),
        }
    )

    found = discover_skymaps(server, SETTINGS, "gako")

    assert [(one.slot, one.version) for one in found.files] == [
        (at("2007-01-01"), (1,)),
        (at("2011-03-05"), (0,)),
        (at("2011-03-05"), (2,)),
    ]
    assert found.files[1].path == f"themis/asi/skymaps/gako/gako_20110305/{names[0]}"
    assert found.files[1].url == top + "gako_20110305/themis_skymap_gako_20110305-%2B_vXX.sav"
    assert [one.name for one in newest(found.files)[0]] == [flat, names[1]]
    assert server.asked == [top, top + "gako_20110305/"]


def test_a_camera_without_skymaps_says_so() -> None:
    top = "http://cal/THEMIS/asi/skymaps/gill/"

    assert discover_skymaps(Server(ROOTS), SETTINGS, "gill").missing == f"404 at {top}"
    assert (
        discover_skymaps(Server({top: apache("x", [])}), SETTINGS, "gill").missing
        == f"no skymap of gill: {top}"
    )


# ---- Poker Flat

POKER = "http://pf/RAW/2015/20151007/"


@pytest.mark.parametrize("folder", ["", "08/"])
def test_poker_flat_is_listed_by_day_or_hour(folder: str) -> None:
    names = ["PKR_DASC_0558_20151007_082305.930.FITS", "PFRR_20151007_082306_0630.FITS"]
    others = ["PKR_DASC_0558_20151008_000001.000.FITS", "PKR_DASC_0558_20151007_992305.930.FITS", "x.FITS"]
    tree = {POKER: nginx("x", [("08/", "-")])} if folder else {}
    server = Server(tree | {POKER + folder: nginx("x", [(name, "400320") for name in (*names, *others)])})

    found = discover(server, SETTINGS, "pfrr_dasc", "pkr", date(2015, 10, 7))
    green = discover(server, SETTINGS, "pfrr_dasc", "0558", date(2015, 10, 7))

    assert [one.name for one in found.files] == names
    assert found.files[0].slot == at("2015-10-07T08:23:05.930")
    assert (found.files[0].size, found.files[0].version) == (400320, ())
    assert found.files[0].path == f"pfrr/2015/20151007/{folder}{names[0]}"
    assert [one.name for one in green.files] == names[:1]
    span = (at("2015-10-07T09:00"), at("2015-10-07T10:00"))
    assert discover(server, SETTINGS, "pfrr_dasc", "pkr", date(2015, 10, 7), span).files == ()


def test_a_day_that_poker_flat_lacks_says_so() -> None:
    absent = discover(Server(ROOTS), SETTINGS, "pfrr_dasc", "pkr", date(2015, 10, 7))

    assert (absent.files, absent.missing) == ((), f"404 at {POKER}")


def test_a_listing_without_files_has_a_reason_and_one_with_files_none() -> None:
    assert listing([], "http://x", "why") == Listing((), "http://x", "why")
    assert listing(files_of(FAST.format("04", "3.4.0")), "http://x", "why").missing is None
