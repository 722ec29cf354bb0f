"""Documents carry Chinese letters that can be read and searched, and come out the same each time."""

import subprocess
import sys
from datetime import UTC, datetime

from complaints.documents.paper import Paper

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
