//! Whole pages through `read`, in varied wordings, and the fixture `harbour.txt` against its expected result.

use serde_json::Value;

use super::*;
use crate::editorial::vocabulary::NoticeKind;

fn page(text: &str) -> Imported {
    read("page.txt", text.as_bytes())
        .remove(0)
        .expect("the page is an article")
}

fn refusal(bytes: &[u8]) -> String {
    read("page.txt", bytes)
        .remove(0)
        .expect_err("the file is refused")
        .reason
}

fn authors(article: &Imported) -> Vec<&str> {
    article
        .authors
        .iter()
        .map(|author| author.name.as_str())
        .collect()
}

fn sources(article: &Imported, role: CitationRole) -> Vec<&str> {
    article
        .citations
        .iter()
        .filter(|citation| citation.role == role)
        .filter_map(|citation| citation.source.as_deref())
        .collect()
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value[name].as_str()
}

#[test]
fn everything_on_the_harbour_page_is_data() {
    let bytes = include_bytes!("../../../tests/fixtures/text/harbour.txt");
    let expected: Value = serde_json::from_str(include_str!(
        "../../../tests/fixtures/text/harbour.expected.json"
    ))
    .expect("valid JSON");
    let found = read("harbour.txt", bytes).remove(0).expect("an article");
    assert_eq!(found.headline, None);
    assert!(
        found
            .doubts
            .iter()
            .any(|doubt| doubt.message.contains("headline"))
    );
    assert_eq!(serde_json::json!(authors(&found)), expected["authors"]);
    assert_eq!(
        found.published_at.map(|at| at.to_rfc3339()),
        text(&expected, "published_at").map(|day| format!("{day}T00:00:00+00:00"))
    );
    assert_eq!(serde_json::json!(found.tags), expected["tags"]);
    assert_eq!(found.language.as_deref(), text(&expected, "language"));
    let blocks: Vec<&str> = found.body.split("\n\n").collect();
    assert_eq!(
        Some(blocks.len() as u64),
        expected["body_paragraphs"].as_u64()
    );
    for (block, first) in blocks
        .iter()
        .zip(expected["body_first_words"].as_array().expect("a list"))
    {
        assert!(block.starts_with(first.as_str().expect("words")), "{block}");
    }
    let attributions: Vec<&ImportedCitation> = found
        .citations
        .iter()
        .filter(|citation| citation.role == CitationRole::Attribution)
        .collect();
    let listed = expected["sources"].as_array().expect("a list");
    assert_eq!(attributions.len(), listed.len());
    for (citation, source) in attributions.iter().zip(listed) {
        assert_eq!(citation.source.as_deref(), text(source, "name"));
        assert_eq!(citation.source_note.as_deref(), text(source, "note"));
        assert_eq!(citation.quote.as_deref(), text(source, "phrase"));
        assert_eq!(
            citation.block.map(|block| block as u64 + 1),
            source["paragraph"].as_u64()
        );
    }
    let quotes: Vec<&ImportedCitation> = found
        .citations
        .iter()
        .filter(|citation| citation.role == CitationRole::Quote)
        .collect();
    let quotations = expected["quotations"].as_array().expect("a list");
    assert_eq!(quotes.len(), quotations.len());
    for (citation, quotation) in quotes.iter().zip(quotations) {
        assert_eq!(citation.quote.as_deref(), text(quotation, "text"));
        assert_eq!(
            citation.speaker.as_deref(),
            text(quotation, "speaker"),
            "{citation:?}"
        );
        assert_eq!(
            citation.block.map(|block| block as u64 + 1),
            quotation["paragraph"].as_u64()
        );
        let via = citation
            .via
            .and_then(|via| found.citations[via].source.as_deref());
        assert_eq!(via, text(quotation, "attributed_via"), "{citation:?}");
        if let Some(named) = text(quotation, "named_as") {
            assert_eq!(citation.speaker_as_printed.as_deref(), Some(named));
        }
    }
    assert!(sources(&found, CitationRole::Listed).is_empty());
    assert_eq!(
        found.notices,
        [(
            NoticeKind::Disclaimer,
            text(&expected, "disclaimer").expect("a notice").to_owned()
        )]
    );
    assert_eq!(
        found.copyright.as_deref(),
        text(&expected, "copyright_notice")
    );
    assert_eq!(
        found.copyright_year.map(i64::from),
        expected["copyright_year"].as_i64()
    );
    assert_eq!(
        found.copyright_holder.as_deref(),
        text(&expected, "copyright_holder")
    );
    assert_eq!(found.terms.as_deref(), text(&expected, "site_terms"));
}

#[test]
fn a_british_page_with_single_marks_and_a_correction() {
    let found = page(
        "Skip to content\nNews\nSport\nHome > UK > Politics\nMinisters to review flood spending after the storm\nBy Jane Whitlock and Tom O'Leary, Political Correspondent\nPublished 5 March 2021\nUpdated: 6 March 2021, 08:15 GMT\n\nMinisters will review flood spending after the worst storm in a decade left thousands of homes without power.\n\n‘We are looking at everything,’ Environment Secretary Helen Marsh told the BBC on Friday. ‘People’s lives have been turned upside down.’\n\nAccording to the Guardian, citing the Northern Courier, the review will cost a great deal of money.\n\nCorrection: An earlier version of this article misstated the year.\n\nTopics: Floods, Weather\nMost viewed\nTen ways to keep warm\n© 2021 Northern Courier Ltd. All rights reserved.",
    );
    assert_eq!(
        found.headline.as_deref(),
        Some("Ministers to review flood spending after the storm")
    );
    assert_eq!(authors(&found), ["Jane Whitlock", "Tom O'Leary"]);
    assert_eq!(
        found.updated_at.map(|at| at.to_rfc3339()).as_deref(),
        Some("2021-03-06T08:15:00+00:00")
    );
    assert_eq!(
        sources(&found, CitationRole::Attribution),
        ["BBC", "Guardian", "Northern Courier"]
    );
    assert_eq!(
        found.citations.last().and_then(|citation| citation.via),
        Some(3),
        "the Courier reached us through the Guardian"
    );
    let speakers: Vec<&str> = found
        .citations
        .iter()
        .filter_map(|citation| citation.speaker.as_deref())
        .collect();
    assert_eq!(speakers, ["Helen Marsh", "Helen Marsh"]);
    assert_eq!(found.notices.len(), 1);
    assert_eq!(found.tags, ["Floods", "Weather"]);
}

#[test]
fn an_agency_in_the_date_line_is_credited() {
    let found = page(
        "Local hospital to close its maternity ward\nMarch 5, 2021 at 4:30 p.m. ET\nBy Maria Gonzalez, David Chen and Priya Patel\n\nSPRINGFIELD, Ill. (AP) — A rural hospital will close its maternity ward in June, officials said on Friday.\n\n\"We did not make this decision lightly,\" hospital president Robert Ellis said. \"But the numbers don't work.\"\n\nGov. Dana Whitfield called the closure \"deeply troubling\". \"We will find a way forward,\" the governor told reporters on Friday.",
    );
    assert_eq!(found.dateline_place.as_deref(), Some("SPRINGFIELD, Ill."));
    assert_eq!(
        found.dateline_text.as_deref(),
        Some("SPRINGFIELD, Ill. (AP) —")
    );
    assert!(found.body.starts_with("A rural hospital"));
    assert_eq!(authors(&found).len(), 3);
    assert_eq!(sources(&found, CitationRole::Listed), ["AP"]);
    assert_eq!(
        found.published_at.map(|at| at.to_rfc3339()).as_deref(),
        Some("2021-03-05T21:30:00+00:00")
    );
    let speakers: Vec<&str> = found
        .citations
        .iter()
        .filter_map(|citation| citation.speaker.as_deref())
        .collect();
    assert_eq!(
        speakers,
        [
            "Robert Ellis",
            "Robert Ellis",
            "Dana Whitfield",
            "Dana Whitfield"
        ]
    );
}

#[test]
fn a_german_page() {
    let found = page(
        "Startseite\nPolitik\nHafen bleibt nach Sturm gesperrt\nVon Jörg Brandt und Anna Keller\n05.03.2021, 16:45 Uhr\nHamburg (dpa) - Der Hafen bleibt nach dem schweren Sturm bis Montag gesperrt, wie die Behörden am Freitag mitteilten.\n„Wir können die Sicherheit der Schiffe nicht gewährleisten“, sagte Hafenkapitän Uwe Petersen am Freitag in Hamburg.\nPetersen betonte, die Lage sei „ernst, aber beherrschbar“. Verkehrsminister Karl Lange nannte die Sperrung „unvermeidlich“.\nSchlagwörter: Hafen, Hamburg, Sturm\n© 2021 Hafenblatt GmbH",
    );
    assert_eq!(found.language.as_deref(), Some("de"));
    assert_eq!(authors(&found), ["Jörg Brandt", "Anna Keller"]);
    assert_eq!(found.tags, ["Hafen", "Hamburg", "Sturm"]);
    assert_eq!(found.dateline_place.as_deref(), Some("Hamburg"));
    let speakers: Vec<&str> = found
        .citations
        .iter()
        .filter_map(|citation| citation.speaker.as_deref())
        .collect();
    assert_eq!(speakers, ["Uwe Petersen", "Uwe Petersen", "Karl Lange"]);
}

#[test]
fn the_place_of_a_doubt_is_its_line() {
    let found = page(
        "A headline of five words\n\n03/04/2021\nBy Ada Holm\n\nThe pier was closed on Monday because the storm had taken its lamps and half its planks.\nIt will open again in May when the carpenters have come back from the islands in the north.",
    );
    let doubt = found
        .doubts
        .iter()
        .find(|doubt| doubt.message.contains("ambiguous"))
        .expect("a doubt");
    assert_eq!(doubt.line, 3);
}

#[test]
fn a_wrapped_page_is_read_by_paragraphs() {
    let found = page(
        "Harbour opens after the storm\n\nBy Ada Holm\n\nThe harbour of Kestrel Bay opened again on Monday after a storm had closed\nit for nine days, and the boats that had waited left it before the dawn of\nthe next day with all hands.\n\nFishing boats came back with full holds at noon, and the market sold out of\neverything within an hour, which nobody in the town could remember ever to\nhave seen before.",
    );
    assert_eq!(
        found.headline.as_deref(),
        Some("Harbour opens after the storm")
    );
    assert_eq!(found.body.split("\n\n").count(), 2);
    assert_eq!(authors(&found), ["Ada Holm"]);
}

#[test]
fn what_is_no_article_is_refused_with_a_reason() {
    assert!(refusal(b"").contains("empty"));
    assert!(refusal(b" \n\n").contains("empty"));
    assert!(refusal(b"\x89PNG\r\n\0\0").contains("not text"));
    assert!(refusal(b"Home\nNews\nSport\nLogin\n").contains("no paragraph"));
}

#[test]
fn bytes_that_are_not_utf_8_are_read_as_windows_1252_with_a_doubt() {
    let bytes = b"The caf\xe9 at the harbour \x93reopened\x94 on Monday after the owner had mended the roof at last.\n";
    let found = read("page.txt", bytes).remove(0).expect("an article");
    assert!(found.body.starts_with("The café at the harbour “reopened”"));
    assert!(
        found
            .doubts
            .iter()
            .any(|doubt| doubt.message.contains("UTF-8"))
    );
}

#[test]
fn hostile_input_does_no_harm() {
    for text in [
        "“",
        "“”",
        "By ",
        "©",
        "“ “ “ said",
        "a said , said . “",
        "Sources:",
        "\u{feff}",
        "((((",
        "1.\n2.\n3.",
        "— — —",
        "said said said said.",
    ] {
        let _ = read("page.txt", text.as_bytes());
        let prose = format!(
            "{text} {text} and then a long line of ordinary words that makes this a paragraph of prose, said {text}. {text}\n{text}\n{text}"
        );
        let _ = read("page.txt", prose.as_bytes());
    }
}
