use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

fn kinds(markdown: &str) -> Vec<BlockKind> {
    render(markdown)
        .blocks
        .into_iter()
        .map(|block| block.kind)
        .collect()
}

/// The body by way of the sanitiser, raw HTML or not.
fn render_slowly(markdown: &str) -> Body {
    let arena = Arena::new();
    render_sanitised(parse_document(&arena, markdown, &OPTIONS), markdown)
}

fn has_raw_html(markdown: &str) -> bool {
    let arena = Arena::new();
    tree::has_raw_html(parse_document(&arena, markdown, &OPTIONS))
}

#[test]
fn a_paragraph_carries_an_id_and_safe_links() {
    let body = render("The harbour [reopens](https://example.org/a?b=1&c=2 \"On time\") & *more*.");
    let id = &body.blocks[0].id;
    assert_eq!(
        body.html,
        format!(
            "<p id=\"{id}\">The harbour <a href=\"https://example.org/a?b=1&amp;c=2\" title=\"On time\" \
             rel=\"noopener noreferrer\">reopens</a> &amp; <em>more</em>.</p>\n"
        )
    );
    assert_eq!(body.text, "The harbour reopens & more.");
    assert_eq!(body.word_count, 4);
    assert!(id.starts_with("b-"));
}

#[test]
fn every_kind_of_block_is_told_apart() {
    let markdown = "# Head\n\nText.[^n]\n\n- one\n- two\n\n> said\n\n```rust\nlet x;\n```\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n\n\
                    ![Quay](/quay.jpg)\n\n***\n\n[^n]: A note.\n";
    assert_eq!(
        kinds(markdown),
        [
            BlockKind::Heading,
            BlockKind::Paragraph,
            BlockKind::List,
            BlockKind::Quotation,
            BlockKind::Code,
            BlockKind::Table,
            BlockKind::Image,
            BlockKind::Rule,
            BlockKind::Footnotes,
        ]
    );
}

#[test]
fn the_text_has_a_line_for_each_item_and_row_and_a_tab_between_cells() {
    let markdown = "Intro  \nsecond line\nsame line\n\n- one\n  - nested\n- two\n\n| a | b |\n|---|---|\n|   | 2 |\n\n    code\n      indented\n";
    assert_eq!(
        render(markdown).text,
        "Intro\nsecond line same line\n\none\nnested\ntwo\n\na\tb\n\t2\n\ncode\n  indented"
    );
}

#[test]
fn footnotes_lead_there_and_back_and_leave_no_number_in_the_text() {
    let body =
        render("The quay sank.[^a] Again.[^a]\n\n[^a]: Says the [office](https://example.org).\n");
    assert!(
        body.html
            .contains("<sup class=\"footnote-ref\"><a id=\"fnref-1\" href=\"#fn-1\""),
        "{}",
        body.html
    );
    assert!(
        body.html.contains("<li id=\"fn-1\">") && body.html.contains("href=\"#fnref-1-2\""),
        "{}",
        body.html
    );
    assert_eq!(body.text, "The quay sank. Again.\n\nSays the office.");
    assert_eq!(
        render_slowly("x[^a]\n\n[^a]: y").html,
        render("x[^a]\n\n[^a]: y").html
    );
}

#[test]
fn ids_survive_edits_elsewhere_and_repeats_are_numbered() {
    let before = render("First.\n\nSame.\n\nSame.\n\nLast.");
    let after = render("First, edited.\n\nNew.\n\nSame.\n\nSame.\n\n*Last*.");
    assert_eq!(before.blocks[1].id, after.blocks[2].id);
    assert_eq!(before.blocks[2].id, after.blocks[3].id);
    assert_eq!(
        before.blocks[3].id, after.blocks[4].id,
        "markup does not change what the block says"
    );
    assert_eq!(before.blocks[2].id, format!("{}-2", before.blocks[1].id));
    assert_ne!(before.blocks[0].id, after.blocks[0].id);
}

#[test]
fn ids_and_classes_of_raw_html_are_dropped() {
    let body = render(
        "<p id=\"b-forged\" class=\"footnotes\" data-ours=\"1\">x</p>\n\n<section class=\"footnotes\"><p>y</p></section>\n\n\
         <li id=\"fn-1\">z</li>",
    );
    assert!(
        !body.html.contains("forged")
            && !body.html.contains("class")
            && !body.html.contains("fn-1"),
        "{}",
        body.html
    );
    assert_eq!(body.text, "x\n\ny\n\nz");
}

#[test]
fn boxes_at_the_top_are_opened_and_loose_text_becomes_a_paragraph() {
    let markdown = "<div class=\"wide\">\n\n## Head\n\nText\n\n</div>\n\nloose\n\n<div>one</div><div>two <b>bold</b></div>";
    let body = render(markdown);
    assert_eq!(body.text, "Head\n\nText\n\nloose\n\none\n\ntwo bold");
    assert_eq!(
        body.blocks
            .iter()
            .map(|block| block.kind)
            .collect::<Vec<_>>(),
        [
            BlockKind::Heading,
            BlockKind::Paragraph,
            BlockKind::Paragraph,
            BlockKind::Paragraph,
            BlockKind::Paragraph
        ]
    );
}

#[test]
fn cite_survives_only_as_a_web_address() {
    let body = render(
        "<blockquote cite=\"javascript:alert(1)\">a <q cite=\"https://example.org/\">b</q> <del cite=\"data:x\">c</del></blockquote>",
    );
    assert!(
        body.html.contains("<q cite=\"https://example.org/\">"),
        "{}",
        body.html
    );
    assert!(
        !body.html.contains("javascript") && !body.html.contains("data:"),
        "{}",
        body.html
    );
}

#[test]
fn links_give_the_words_as_they_stand_in_the_text() {
    let body = render(
        "See the\n[*annual*\nreport][r] and <https://example.org/b>.\n\n- [![Chart](/c.png)](https://example.org/c)\n\n[r]: https://example.org/a \"2014\"\n",
    );
    let links = links_of(&body.blocks);
    assert_eq!(links.len(), 3);
    assert_eq!(
        (
            links[0].text.as_str(),
            links[0].title.as_str(),
            links[0].block
        ),
        ("annual report", "2014", 0)
    );
    assert!(body.blocks[0].text.contains(&links[0].text));
    assert_eq!(
        (
            links[2].picture.as_str(),
            links[2].text.as_str(),
            links[2].block
        ),
        ("Chart", "", 1)
    );
}

#[test]
fn words_are_counted_in_every_script() {
    for (text, words) in [
        ("", 0),
        ("Don't panic — it's 3.5 per cent", 6),
        ("well-known", 1),
        ("*** --- 1", 1),
        ("Привет, мир", 2),
        ("東京で会議", 5),
        ("한국어 기사", 2),
        ("a—b", 2),
    ] {
        assert_eq!(text::words_in(text), words, "{text}");
    }
}

#[test]
fn deep_nesting_neither_overflows_nor_crawls() {
    let began = std::time::Instant::now();
    for markdown in [
        ">".repeat(20_000) + " deep",
        "[".repeat(5_000),
        "*a **b ".repeat(2_000),
        "- ".repeat(3_000) + "x",
        "<b>".repeat(1_000) + "x",
        "<div>".repeat(1_000) + "x",
        format!("{}x <i>y</i>", "> ".repeat(3_000)),
    ] {
        let body = render(&markdown);
        assert_eq!(blocks_of(&body.html), body.blocks);
    }
    assert!(began.elapsed().as_secs() < 20);
}

#[test]
fn raw_html_nested_beyond_reason_is_shown_as_text() {
    let body = render(&format!("{}x", "<div>".repeat(600)));
    assert!(body.text.starts_with("<div><div>"), "{}", body.text);
    assert_inert(&body.html, "deep");
    assert!(
        render(&"<div></x>".repeat(600))
            .text
            .starts_with("<div></x>")
    );
    let list = render(&"<ul>\n<li>one\n<li>two<br>\n</ul>\n\n".repeat(400));
    assert_eq!(list.blocks.len(), 400);
}

#[test]
fn hostile_markup_comes_out_inert() {
    for vector in VECTORS {
        for markdown in [
            (*vector).to_owned(),
            format!("Text before {vector} and after."),
            format!(
                "- item\n\n  {vector}\n\n| a |\n|---|\n| {} |\n",
                vector.replace('\n', " ")
            ),
            format!("<div>\n\n{vector}\n\n</div>"),
        ] {
            let body = render(&markdown);
            assert_inert(&body.html, &markdown);
            assert_eq!(blocks_of(&body.html), body.blocks, "{markdown}");
            assert_eq!(text_of(&body.html), body.text, "{markdown}");
            // Whatever a browser makes of the output, it must find nothing new to do.
            let read_again = policy::SANITISER.clean(&body.html).to_string();
            assert_inert(&read_again, &markdown);
        }
    }
    assert!(VECTORS.len() >= 60);
}

/// Checks output strictly: every `<` opens an allowed element with allowed, quoted attributes.
fn assert_inert(html: &str, source: &str) {
    for piece in Scanner::new(html) {
        let written = &html[piece.begins..piece.ends];
        match piece.token {
            Token::Text(text) => assert!(
                !text.contains(['<', '>']),
                "loose bracket in {written:?} of {source:?}"
            ),
            Token::End { name } => assert!(is_plain_element(name), "{written:?} of {source:?}"),
            Token::Start { name, attributes } => {
                assert!(is_plain_element(name), "{written:?} of {source:?}");
                let mut rebuilt = format!("<{name}");
                for (attribute, value) in scan::attributes_of(attributes) {
                    assert!(!attribute.starts_with("on"), "{written:?} of {source:?}");
                    assert!(
                        [
                            "id", "class", "href", "src", "alt", "title", "rel", "width", "height",
                            "start", "value", "colspan", "rowspan", "align", "cite", "datetime",
                            "lang", "dir",
                        ]
                        .contains(&attribute),
                        "{written:?} of {source:?}"
                    );
                    if matches!(attribute, "href" | "src" | "cite") {
                        let squeezed: String = value
                            .chars()
                            .filter(|c| *c > ' ')
                            .collect::<String>()
                            .to_lowercase();
                        if let Ok(address) = url::Url::parse(&squeezed) {
                            assert!(
                                ["http", "https", "mailto", "tel"].contains(&address.scheme()),
                                "{written:?} of {source:?}"
                            );
                        }
                    }
                    let _ = write!(
                        rebuilt,
                        " {attribute}=\"{}\"",
                        value
                            .replace('&', "&amp;")
                            .replace('"', "&quot;")
                            .replace('<', "&lt;")
                            .replace('>', "&gt;")
                            .replace('\u{a0}', "&nbsp;")
                    );
                }
                rebuilt.push('>');
                assert_eq!(
                    rebuilt,
                    written.replace('\u{a0}', "&nbsp;"),
                    "irregular tag in output of {source:?}"
                );
            }
        }
    }
}

fn is_plain_element(name: &str) -> bool {
    "a abbr b bdi bdo blockquote br caption cite code dd del dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img \
     ins kbd li mark ol p pre q rp rt ruby s samp section small strong sub sup table tbody td tfoot th thead time tr u ul \
     var wbr article aside header footer main nav center address hgroup details summary"
        .split(' ')
        .any(|plain| plain == name)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_back_is_what_was_rendered(markdown in bodies()) {
        let body = render(&markdown);
        prop_assert_eq!(&blocks_of(&body.html), &body.blocks);
        prop_assert_eq!(text_of(&body.html), body.text);
        assert_inert(&body.html, &markdown);
        let mut ids: Vec<&str> = body.blocks.iter().map(|block| block.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), body.blocks.len());
    }

    #[test]
    fn a_browser_builds_the_very_elements_that_were_printed(markdown in bodies()) {
        let html = render(&markdown).html;
        let printed = html.replace(" rel=\"noopener noreferrer\"", "").replace('\u{a0}', "&nbsp;");
        prop_assert_eq!(policy::SANITISER.clean(&html).to_string().replace("&quot;", "\""), printed.replace("&quot;", "\""));
    }

    #[test]
    fn the_fast_way_and_the_sanitiser_agree(markdown in plain_bodies()) {
        // Backslashes and brackets can still make raw HTML of a few.
        prop_assume!(!has_raw_html(&markdown));
        prop_assert_eq!(render(&markdown).html, render_slowly(&markdown).html);
    }

    #[test]
    fn any_text_at_all_is_rendered_without_a_panic(markdown in any::<String>()) {
        let body = render(&markdown);
        assert_inert(&body.html, &markdown);
        prop_assert_eq!(blocks_of(&body.html), body.blocks);
        prop_assert!(blocks_of(&markdown).len() <= markdown.len());
        prop_assert!(links_of(&blocks_of(&markdown)).len() <= markdown.len());
    }
}

fn bodies() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            prop::sample::select(PIECES),
            prop::sample::select(RAW_PIECES)
        ],
        1..40,
    )
    .prop_map(|pieces| pieces.concat())
}

fn plain_bodies() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 1..60).prop_map(|pieces| pieces.concat())
}

const PIECES: &[&str] = &[
    "\n",
    "\n",
    "\n\n",
    "\n\n",
    " ",
    "  \n",
    "word",
    "Tass",
    "東京",
    "# ",
    "## ",
    "- ",
    "1. ",
    "7) ",
    "> ",
    "    ",
    "\t",
    "*",
    "**",
    "_",
    "~~",
    "`",
    "```\n",
    "~~~ rust x\n",
    "| a | b |\n|---|:-:|\n| c | d |\n",
    "|",
    "[",
    "]",
    "](",
    ")",
    "![",
    "<",
    ">",
    "&",
    "&amp;",
    "&nbsp;",
    "&#0;",
    "&#13;",
    "\\",
    "\r",
    "\0",
    "\u{b}",
    "\u{a0}",
    "\"",
    "'",
    "[^1]",
    "\n[^1]: note ",
    "[^2]",
    "\n\n[^2]: other\n",
    "[link](https://example.org/a b)",
    "[x](<https://a.b/ c>)",
    "https://example.org/q?a=1&b=2",
    "<https://example.org>",
    "[r]",
    "\n\n[r]: /path \"title\"\n",
    "[b](http://[x)",
    "[c](HTTPS://Example.ORG:99999/)",
    "[d](//e/f)",
    "[m](mailto:a@b.c)",
    "www.example.org",
    "a@example.org",
    "[in [^1] link](https://x.y)",
    "![pic *alt*](p.png 'T')",
    "***\n",
    "===\n",
    "---\n",
];

const RAW_PIECES: &[&str] = &[
    "<b>",
    "</b>",
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<table><tr><td>",
    "</td></tr></table>",
    "<a href=\"x\">",
    "</a>",
    "<img src=x alt=y>",
    "<br>",
    "<!-- c -->",
    "<pre>\n\n",
    "</pre>",
    "<ul><li>",
    "<svg>",
    "<script>",
    "</script>",
    "<span id=\"b-x\" class=\"footnotes\">",
    "<section class=footnotes>",
    "<sup class=\"footnote-ref\">",
    "<style>",
    "<h2>",
    "<blockquote cite=\"javascript:x\">",
    "<td>",
    "</li>",
    "<details><summary>",
    "<noscript>",
    "<math>",
    "<![CDATA[",
    "<?php",
    "<a href=\"javascript:x\" onclick=y>",
];

const VECTORS: &[&str] = &[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/xss src=\"https://evil.example/x.js\"></script>",
    "<<SCRIPT>alert(1);//\\<</SCRIPT>",
    "<script\n>alert(1)</script\n>",
    "<img src=x onerror=alert(1)>",
    "<img src=\"javascript:alert(1)\">",
    "<IMG SRC=JaVaScRiPt:alert(1)>",
    "<img src=`javascript:alert(1)`>",
    "<img \"\"\"><script>alert(1)</script>\">",
    "<img src=\"jav\tascript:alert(1)\">",
    "<img src=\"jav&#x09;ascript:alert(1)\">",
    "<img src=\" &#14; javascript:alert(1)\">",
    "<img src=&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)>",
    "<img src=data:image/svg+xml;base64,PHN2Zy8+>",
    "<img/onerror=alert(1)/src=x>",
    "<img src=x:x onerror\u{b}=alert(1)>",
    "<img srcset=\"javascript:alert(1) 1x\" src=/a.png>",
    "<input type=\"image\" src=\"javascript:alert(1)\">",
    "<input autofocus onfocus=alert(1)>",
    "<body onload=alert(1)>",
    "<body background=\"javascript:alert(1)\">",
    "<svg onload=alert(1)>",
    "<svg><script>alert&#40;1)</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<svg><animate attributeName=href values=javascript:alert(1) /></svg>",
    "<svg><use href=\"data:image/svg+xml,<svg id=x onload=alert(1)>\"></use></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<svg><foreignObject><iframe srcdoc=\"<script>alert(1)</script>\"></iframe></foreignObject></svg>",
    "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
    "<math href=\"javascript:alert(1)\">x</math>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><annotation-xml encoding=\"text/html\"><p><style><img src=x onerror=alert(1)></style>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<template><img src=x onerror=alert(1)></template>",
    "<template><noscript><script>alert(1)</script></noscript></template>",
    "<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\"></textarea>",
    "<title><img title=\"</title><img src=x onerror=alert(1)>\"></title>",
    "<xmp><img title=\"</xmp><img src=x onerror=alert(1)>\"></xmp>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<noembed><img title=\"</noembed><img src=x onerror=alert(1)>\">",
    "<noframes><p title=\"</noframes><img src=x onerror=alert(1)>\">",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    "<iframe srcdoc=\"&lt;script&gt;alert(1)&lt;/script&gt;\">",
    "<frameset><frame src=\"javascript:alert(1)\"></frameset>",
    "<object data=\"javascript:alert(1)\"></object>",
    "<embed src=\"data:text/html,<script>alert(1)</script>\">",
    "<applet code=x></applet>",
    "<base href=\"javascript:alert(1)//\">",
    "<meta http-equiv=\"refresh\" content=\"0;url=javascript:alert(1)\">",
    "<link rel=stylesheet href=\"javascript:alert(1)\">",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<style>body{background:url(javascript:alert(1))}</style>",
    "<div style=\"background:url(javascript:alert(1))\">x</div>",
    "<p style=\"width:expression(alert(1))\">x</p>",
    "<table background=\"javascript:alert(1)\"><td background=\"javascript:alert(1)\">x</td></table>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"JaVaScRiPt&colon;alert(1)\">x</a>",
    "<a href=\"&#x6A;avascript:alert(1)\">x</a>",
    "<a href=\"java\nscript:alert(1)\">x</a>",
    "<a href=\"\u{1}javascript:alert(1)\">x</a>",
    "<a href=\"vbscript:msgbox(1)\">x</a>",
    "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>",
    "<a href=\"blob:https://example.org/x\">x</a>",
    "<a href=x onclick=alert(1) onmouseover=\"alert(2)\">x</a>",
    "<a href=\"https://example.org\" target=_blank ping=\"https://evil.example\">x</a>",
    "<blockquote cite=\"javascript:alert(1)\">x</blockquote>",
    "<q cite=\" JAVASCRIPT:alert(1)\">x</q>",
    "<del cite=\"data:text/html,x\">x</del><ins cite=\"vbscript:x\">y</ins>",
    "<form action=\"javascript:alert(1)\"><button formaction=\"javascript:alert(1)\">x</button></form>",
    "<isindex type=image src=1 onerror=alert(1)>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<video><source onerror=\"alert(1)\"></video>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<select><option><img src=x onerror=alert(1)></option></select>",
    "<select><style></select><img src=x onerror=alert(1)></style></select>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version=\"1.0\"?><script>alert(1)</script>",
    "<!DOCTYPE html><script>alert(1)</script>",
    "<p id=\"b-x\" name=\"getElementById\" onclick=alert(1)>x",
    "<a id=\"attributes\" name=\"attributes\">clobber</a>",
    "<table><tr><td><svg><desc><td><script>alert(1)</script></td></desc></svg></td></tr></table>",
    "<a><svg><a><style><!--</style><img src=x onerror=alert(1)>--></a></svg></a>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    "<custom-element onclick=alert(1) is=\"x\">x</custom-element>",
    "<portal src=\"javascript:alert(1)\"></portal>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( javascript:alert(1) )",
    "[x](<java\tscript:alert(1)>)",
    "[x](javascript&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x01;javascript:alert(1))",
    "[x](javascript\\:alert(1))",
    "[x](java&NewLine;script&colon;alert&lpar;1&rpar;)",
    "[x](java&Tab;script:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](data:image/png;base64,iVBOR)",
    "[x](file:///etc/passwd)",
    "[x](intent://scan/#Intent;scheme=x;end)",
    "[x](https://example.org \"\\\" onmouseover=\\\"alert(1)\")",
    "[x](https://example.org/\"onmouseover=\"alert(1))",
    "<javascript:alert(1)>",
    "<JAVASCRIPT:alert(1)>",
    "<data:text/html,<script>alert(1)</script>>",
    "[x][r]\n\n[r]: javascript:alert(1)",
    "[r]\n\n[r]: <java script:alert(1)> \"t\"",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x\" onerror=\"alert(1)](x.png)",
    "![<script>alert(1)</script>](x.png)",
    "![x](x.png \"\\\"><script>alert(1)</script>\")",
    "[<img src=x onerror=alert(1)>](https://example.org)",
    "[![x](javascript:alert(1))](javascript:alert(2))",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "```\"><script>alert(1)</script>\n</code></pre><script>alert(2)</script>\n```",
    "```x\" onclick=\"alert(1)\nx\n```",
    "x[^1]\n\n[^1]: <img src=x onerror=alert(1)> [y](javascript:alert(1))",
    "x[^\"><script>alert(1)</script>]\n\n[^\"><script>alert(1)</script>]: note",
    "javascript:alert(1) www.javascript:alert(1) https://example.org/\"><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
];
