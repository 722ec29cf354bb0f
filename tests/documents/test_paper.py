"""Documents carry Chinese letters that can be read and searched, and come out the same each time."""

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime

import pytest
from fpdf.line_break import MultiLineBreak, TextLine

from complaints.documents.paper import CLOSES, OPENS, Paper, broken

AT = datetime(2026, 11, 28, 3, tzinfo=UTC)


def made() -> bytes:
    paper = Paper("调解书", AT, foot="C26-ABCD-1234")
    paper.title_line("调解书", serif=True)
    paper.heading("一、当事人")
    paper.facts([("消费者", "王梅"), ("经营者", "示例清禾电器有限公司"), ("空", "")])
    paper.rows(["日期", "事项"], [["2026年11月28日", "受理投诉，等待企业答复。" * 5]] * 40, widths=(40, 130))
    paper.paragraph("双方自愿达成如下协议：退还货款 299.00 元。\n" * 3)
    paper.qr("https://example.org/verify/1")
    return paper.content()


def test_the_same_document_is_the_same_file() -> None:
    assert made() == made()


def test_it_is_a_pdf_of_several_pages_with_its_fonts_inside() -> None:
    content = made()
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type /Page\n") >= 2
    assert b"/ToUnicode" in content  # it can be searched and read aloud
    assert len(content) < 200_000  # only the letters used


def test_lines_are_broken_as_chinese_is_set() -> None:
    story = (
        "花费870.90元，“使用”46天后出现问题：漏电保护频繁跳闸。客服（承诺）三天内答复 "
        "http://example.org/c/G0MqEK8nLibtbQlQe6pVelCGpFeYh8 The end."
    )
    for width in range(4, 40):
        lines = list(broken(story, width, len))
        assert all(len(line) <= width for line in lines)
        assert [line for line in lines if line[0] in CLOSES and width > 5] == []
        assert [line for line in lines if line[-1] in OPENS and width > 5] == []
        assert "".join("".join(lines).split()) == "".join(story.split())
    assert list(broken("one two\n\nthree", 7, len)) == ["one two", "", "three"]
    assert list(broken("五元)。(六", 3, len)) == ["五", "元)。", "(六"]
    assert list(broken("870.90 元。", 6, len)) == ["870.90", "元。"]
    assert list(broken("12日 星期四 15:31", 6, len)) == ["12日", "星期四", "15:31"]


def test_the_lines_fit_into_the_page_and_into_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is broken by us is not broken again."""
    by_us, for_real = Counter[bool](), MultiLineBreak.get_line

    def counting(self: MultiLineBreak) -> TextLine | None:
        line = for_real(self)
        if line is not None:
            by_us[line.trailing_nl] += 1
        return line

    monkeypatch.setattr(MultiLineBreak, "get_line", counting)
    paper, text = Paper("案卷", AT), "示例清禾电器有限公司 对您关于“清禾燃气热水器”的投诉提出了解决方案。" * 3
    paper.paragraph(text)
    once = by_us[False]
    assert by_us[True] >= 2
    paper.paragraph("一")
    assert by_us[False] == 2 * once  # one line of each paragraph ends without our break: its last
    by_us.clear()
    paper.rows(["日期", "事项"], [["一", text]], widths=(40, 130))
    broken_lines, ends = by_us[True], by_us[False]
    by_us.clear()
    paper.rows(["日期", "事项"], [["一", "二"]], widths=(40, 130))
    assert broken_lines > 0
    assert ends == by_us[False]
    paper.content()  # closes the font


MADE = """
import gc
import subprocess
import sys
from datetime import UTC, datetime
from fpdf.fonts import TTFFont
from complaints.documents.paper import Paper
gc.freeze()
for _ in range(3):
    paper = Paper("A case", datetime(2026, 11, 20, tzinfo=UTC))
    paper.paragraph("用了一周壶底漏水。")
    paper.content()
print(sum(isinstance(each, TTFFont) for each in gc.get_objects()))
"""


def test_a_process_that_makes_many_keeps_none_of_their_fonts() -> None:
    made = subprocess.run([sys.executable, "-c", MADE], check=True, capture_output=True, text=True)
    assert made.stdout == "1\n"  # of the last, which is still in hand
