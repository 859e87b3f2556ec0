from notifications.formatting import Value, as_html, as_line, as_text, clean_value

VALUES = {
    "client_name": Value("Mette"),
    "nobody": Value(""),
    "lines": Value("one\ntwo"),
    "evil": Value(
        '<img src=x onerror=alert(1)> & "quoted" {client_name} **not bold** http://bad.test'
    ),
    "link": Value("https://salon.test/points/?a=1&b=2", link=True),
}


def test_as_html_makes_paragraphs_and_line_breaks() -> None:
    html = as_html("Hello\nyou\n\n\nSecond", VALUES)
    assert html.count("<p ") == 2
    assert "Hello<br>\nyou" in html


def test_as_html_escapes_values_and_never_reads_them_again() -> None:
    html = as_html("Hi {evil}", VALUES)
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; &quot;quoted&quot; {client_name}" in html
    assert "**not bold**" in html
    assert "<a " not in html


def test_as_html_escapes_what_staff_wrote() -> None:
    assert "&lt;b&gt;bold&lt;/b&gt;" in as_html("<b>bold</b>", VALUES)


def test_as_html_writes_bold_with_a_variable_inside() -> None:
    assert "<strong>dear Mette</strong>" in as_html("**dear {client_name}**", VALUES)


def test_as_html_lets_a_bold_paragraph_stand_out() -> None:
    assert "font-size:24px" in as_html("**{client_name}**", VALUES)
    assert "font-size:24px" not in as_html("**{client_name}** and more", VALUES)


def test_as_html_links_a_labelled_variable() -> None:
    html = as_html("See [your {client_name} points]({link}) now", VALUES)
    assert 'href="https://salon.test/points/?a=1&amp;b=2"' in html
    assert ">your Mette points</a> now" in html


def test_as_html_makes_a_lone_link_a_button() -> None:
    html = as_html("[Points]({link})", VALUES)
    assert "background-color" in html
    assert "background-color" not in as_html("[Points]({link}).", VALUES)


def test_as_html_links_addresses_without_the_full_stop() -> None:
    html = as_html("Go to https://salon.test/a.", VALUES)
    assert '<a href="https://salon.test/a"' in html
    assert "</a>." in html


def test_as_html_refuses_a_value_that_is_not_an_address_as_target() -> None:
    html = as_html("[click]({client_name})", VALUES)
    assert "<a " not in html
    assert "click" in html


def test_as_html_refuses_other_schemes() -> None:
    assert "<a " not in as_html("[click](javascript:alert(1))", VALUES)


def test_as_html_leaves_out_a_paragraph_that_is_empty() -> None:
    assert as_html("One\n\n{nobody}\n\nTwo", VALUES).count("<p ") == 2


def test_an_empty_value_takes_its_space_along() -> None:
    assert as_text("Hi {nobody}, well", VALUES) == "Hi, well"
    assert "Hi, well" in as_html("Hi {nobody}, well", VALUES)


def test_as_text_writes_links_and_bold_for_reading() -> None:
    written = as_text("**Hello** {client_name}\n\n[Points]({link})\n\n{lines}", VALUES)
    assert written == "Hello Mette\n\nPoints: https://salon.test/points/?a=1&b=2\n\none\ntwo"


def test_as_text_does_not_read_values_again() -> None:
    assert "**not bold** http://bad.test" in as_text("{evil}", VALUES)


def test_as_line_is_one_line() -> None:
    assert as_line("A {lines} B", VALUES) == "A one two B"


def test_clean_value_strips_what_breaks_headers() -> None:
    assert clean_value("Mette\r\nBcc: all@example.test") == "Mette Bcc: all@example.test"
    assert clean_value("a\x00b\x1bc\u2028d") == "a b c d"


def test_clean_value_strips_direction_marks_and_keeps_emoji_joiners() -> None:
    assert clean_value("Mette\u202egnp.exe") == "Mette gnp.exe"
    family = "\U0001f469\u200d\U0001f467"
    assert clean_value(family) == family


def test_clean_value_keeps_lines_where_told() -> None:
    assert clean_value("a  b\r\n\r\nc\x07", multiline=True) == "a b\nc"
