//! Finds the article's paragraphs within a scraped page.
//!
//! It sorts lines into prose, short sentences, page furniture and the rest, and takes the densest run of prose as the
//! body. It never reads names, dates or quotations.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::outlets;
use super::trailer;
use super::words::pattern;

/// A line of the page that is not blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// One-based.
    pub number: u32,
    pub text: &'a str,
    /// Whether a blank line stands before it.
    pub after_blank: bool,
    pub weight: Weight,
}

/// How much a line looks like the article's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// A paragraph.
    Prose,
    /// One short sentence.
    Sentence,
    /// Something short that is not a sentence: a headline, a name, a menu entry.
    Other,
    /// A caption of a picture.
    Caption,
    /// A button, an advertisement, a counter.
    Furniture,
}

/// A block of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub line: u32,
    pub text: String,
    pub is_heading: bool,
}

/// The body as found.
#[derive(Debug, Default)]
pub struct Body {
    pub blocks: Vec<Block>,
    /// Indices of lines, from the first of the body's to after its last.
    pub range: Range<usize>,
    /// Lines inside the body that were left out: first and last line number.
    pub left_out: Vec<(u32, u32)>,
}

/// How many lines of any sort may interrupt a body.
const LONGEST_INTERRUPTION: usize = 60;

/// How many lines of unknown sort may interrupt a body.
const LONGEST_GAP: usize = 9;

/// The lines of a page that hold anything, each weighed.
#[must_use]
pub fn lines(text: &str) -> Vec<Line<'_>> {
    let mut found: Vec<Line<'_>> = Vec::new();
    let mut after_blank = false;
    for (line, number) in text.lines().zip(1..) {
        let text =
            line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}');
        if text.is_empty() {
            after_blank = true;
            continue;
        }
        found.push(Line {
            number,
            text,
            after_blank,
            weight: weigh(text),
        });
        after_blank = false;
    }
    mark_repetitions(&mut found);
    found
}

/// A caption is often printed twice within a few lines; a paragraph is not.
fn mark_repetitions(lines: &mut [Line<'_>]) {
    let mut last: HashMap<&str, usize> = HashMap::new();
    for at in 0..lines.len() {
        if matches!(
            lines[at].weight,
            Weight::Furniture | Weight::Caption | Weight::Other
        ) {
            continue;
        }
        if let Some(earlier) = last.insert(lines[at].text, at) {
            lines[at].weight = Weight::Caption;
            if at - earlier <= 3 {
                lines[earlier].weight = Weight::Caption;
            }
        }
    }
}

fn weigh(text: &str) -> Weight {
    if is_furniture(text) {
        return Weight::Furniture;
    }
    if is_caption(text) {
        return Weight::Caption;
    }
    if text.ends_with(':') && heads_other_articles(text) {
        return Weight::Other;
    }
    let words = count_words(text);
    let separators = text
        .chars()
        .filter(|c| matches!(c, '|' | '•' | '·'))
        .count();
    let ends = ends_sentence(text);
    if separators >= 3 {
        Weight::Other
    } else if words >= 12 && ends || words >= 40 {
        Weight::Prose
    } else if words >= 3 && ends {
        Weight::Sentence
    } else {
        Weight::Other
    }
}

/// Words, or for scripts without blanks half the characters.
#[must_use]
pub fn count_words(text: &str) -> usize {
    let dense = text
        .chars()
        .filter(|c| matches!(u32::from(*c), 0x3040..=0x30ff | 0x3400..=0x9fff | 0x0e00..=0x0e7f))
        .count();
    text.split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .count()
        + dense / 2
}

fn ends_sentence(text: &str) -> bool {
    let end = text.trim_end_matches(['"', '”', '’', '»', '“', '\'', ')', ']', '*', ' ']);
    let signed = text.ends_with(')')
        && text
            .rfind('(')
            .is_some_and(|open| ends_sentence(text[..open].trim_end()));
    end.ends_with(['.', '!', '?', '…', ':', ';', '。', '！', '？', '।']) && !end.ends_with("Mehr…")
        || signed
}

fn is_furniture(text: &str) -> bool {
    static BUTTON: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?ix)^(?:
            [\W_]* | [\W\d_]{1,12} | \d+\s+(?:of|/)\s+\d+ | (?:share|tweet|teilen|print|email|e-mail|mail|save|copy\s+link|comments?|kommentare|
            advert(?:isement|ising|isment)?|anzeige|publicidad|publicité|werbung|sponsored|close|next|previous|caption|autoplay|
            full\s?screen|skip\s+ad|thumbnails|info|menu|menú|menü|search|buscar|suche|home|subscribe|suscribite|log\s?(?:in|out)|
            sign\s?(?:in|up|out)|login|register|username|password|more(?:\s+options)?|mehr|live|loading|resize\s+text|view|rewards|premium|
            read\s+more|continue\s+reading|weiterlesen|leer\s+más|lire\s+la\s+suite|back\s+to\s+top|related|recommended|
            next\s+article|buy\s+photo|view\s+photos?|view\s+graphic|all\s+share\s+services|see\s+more|show\s+more|listen|audio|video)
            [\s\d+:*…×]*
          | (?:share|tweet|teilen|follow|log\s+in|sign\s+in|sign\s+up|subscribe|print|email|comments?|copy|jump|skip|click|tap|download|view|show|hide|open|listen|watch)\s+
            (?:on|to|with|via|this|in|for|us|here|now|article|link|comments|content|main|more|navigation|gallery|photos?|using|your|the\s+\w+)\b[^.]{0,40}\w*[.!]?
          | (?:(?:log|sign)\s*(?:in|out|up)|register|subscribe|my\s+account|free\s+trial|[|/\s])+
          | wait\s+\d+\s+seconds?.* | \[\s*(?:read|watch|see|also|more|related|listen|sign\s+up|photos?|video|lesen|leer|lire|map|graphic)\b[^\]]*\]
          | \[[^\]]{10,120}\] | (?:read|watch|see|also|lire|leer|lesen)\s+(?:more|also|next|aussi|también|auch)\b.*
          | «\s*(?:vorige|previous).* | (?:kommentare|comentarios|commentaires|comments)\b.{0,30}
          | .{0,40}\b(?:privacy\s+policy|cookie\s+policy|terms\s+of\s+service|privacy\s+statement)\s*
        )$",
        )
    });
    static NOTICE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?ix)
            \b(?:you\s+must\s+be\s+logged\s+in|log\s+in\s+or\s+(?:create|register)|register\s+or\s+log\s+in|sign\s+up\s+(?:for|to)\s+(?:our|the|get)|
            subscribe\s+(?:to|now)\s+(?:our|the|to|and|for)|(?:our|free|daily|weekly)\s+newsletter\b.{0,60}(?:inbox|sign\s+up|subscribe)|
            reader\s+comments|commenting\s+policy|to\s+(?:leave|post|add)\s+a\s+comment|add\s+a\s+comment|enable\s+javascript|(?:this|our)\s+(?:site|website)\s+uses\s+cookies|we\s+use\s+cookies|
            accept\s+(?:all\s+)?cookies|cookie\s+(?:policy|settings|consent|preferences)|ad\s?block(?:er|ing)|
            los\s+comentarios\s+publicados|para\s+poder\s+comentar|enviar\s+un\s+comentario|kommentar\s+(?:schreiben|verfassen)|
            newsletter\s+abonnieren|your\s+browser\s+(?:does|is)|support\s+(?:our|independent)\s+journalism|valid\s+email\s+address)\b",
        )
    });
    BUTTON.is_match(text) || NOTICE.is_match(text) && text.len() < 600
}

/// Whether the line is a picture's caption or credit.
#[must_use]
pub fn is_caption(text: &str) -> bool {
    static CREDIT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?x)
            ^\(?(?:Photo|Foto|Photograph|Picture|Image|Bild|Imagen|Crédit|Credit|Caption|Illustration|Grafik|Graphic|Map|Karte|Video|File\ photo)s?\s*(?:by\b|\([^)]*\))?\s*[:/]
          | (?:^|\s|\()(?:Credit|Credits|Photo|Photograph|Picture|Image|Foto|Bild|Source|Crédit)s?\s?(?:by)?:\s*[^.]{1,60}\)?$
          | (?:/|\bvia\ )(?:AFP|AP|Reuters|REUTERS|Getty(?:\ Images)?|EPA|dpa|PA|Shutterstock|AAP|Bloomberg|Alamy|Xinhua)\b[^.]{0,40}\)?$
          | \([^()]{2,50}\s/\s[^()]{2,50}\)$
          | \bGetty\ Images\)?$
        ",
        )
    });
    text.len() < 500 && CREDIT.is_match(text)
}

/// Whether the line heads a list of other articles.
fn heads_other_articles(text: &str) -> bool {
    static HEAD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^(?:read more|most (?:read|popular|viewed|shared)|more (?:stories|from|on|related|in|news|about)|other|you (?:may|might) also|related|recommended|trending|popular|latest|top stories|don['’]t miss|see also|auch auf|mehr zum|meistgelesen|lesen sie|más (?:sobre|leíd|notici)|las más|lea también|à lire|lire aussi|les plus|galler|comments?$|from around|featured|editor['’]?s['’]? picks)\b.{0,50}$",
        )
    });
    HEAD.is_match(text) && !text.ends_with(['.', '”', '?', '!'])
}

/// Finds the body. `from` is the first line that may belong to it.
#[must_use]
pub fn body(lines: &[Line<'_>], from: usize) -> Option<Body> {
    let start = (from..lines.len())
        .find(|at| lines[*at].weight == Weight::Prose && is_dense(lines, *at))
        .or_else(|| (from..lines.len()).find(|at| lines[*at].weight == Weight::Prose))
        .or_else(|| {
            (from..lines.len()).find(|at| {
                lines[*at].weight == Weight::Sentence && count_words(lines[*at].text) >= 5
            })
        })?;
    let mut body = Body {
        range: start..start + 1,
        ..Body::default()
    };
    let mut at = start;
    let mut gap: Vec<usize> = Vec::new();
    let mut interrupted = false;
    let mut strangers = 0;
    while at < lines.len() {
        let line = &lines[at];
        if at > start && trailer::ends_article(lines, at) {
            break;
        }
        let readable = matches!(line.weight, Weight::Prose | Weight::Sentence)
            || is_list_item(line.text) && gap.is_empty();
        if readable && (gap.is_empty() || resumes(lines, at, &gap, interrupted)) {
            take_gap(lines, &gap, interrupted, &mut body);
            body.blocks.push(Block {
                line: line.number,
                text: line.text.to_owned(),
                is_heading: false,
            });
            body.range.end = at + 1;
            gap.clear();
            strangers = 0;
            interrupted = false;
        } else {
            interrupted |= heads_other_articles(line.text);
            gap.push(at);
            strangers += unknown(lines, &[at]);
            if strangers > LONGEST_GAP || gap.len() > LONGEST_INTERRUPTION {
                break;
            }
        }
        at += 1;
    }
    drop_credited_captions(&mut body);
    Some(body)
}

/// A sentence in the midst of the text that ends in "(Reuters)" is the caption of a film or picture.
fn drop_credited_captions(body: &mut Body) {
    let last = body.blocks.len().saturating_sub(1);
    let mut at = 0;
    let left_out = &mut body.left_out;
    body.blocks.retain(|block| {
        let kept = at == 0 || at == last || credit_at_end(&block.text).is_none();
        at += 1;
        if !kept {
            left_out.push((block.line, block.line));
        }
        kept
    });
}

/// The agency or outlet in brackets that closes a text.
#[must_use]
pub fn credit_at_end(text: &str) -> Option<&str> {
    let (front, credit) = text.strip_suffix(')')?.rsplit_once('(')?;
    (front
        .trim_end()
        .ends_with(['.', '!', '?', '”', '"', '“', '»'])
        && outlets::is_agency(credit))
    .then_some(credit)
}

fn unknown(lines: &[Line<'_>], gap: &[usize]) -> usize {
    gap.iter()
        .filter(|at| !matches!(lines[**at].weight, Weight::Furniture | Weight::Caption))
        .count()
}

/// Whether the body goes on at this line after a gap.
fn resumes(lines: &[Line<'_>], at: usize, gap: &[usize], interrupted: bool) -> bool {
    let unknown = unknown(lines, gap);
    if unknown == 0 && !interrupted {
        return lines[at].weight == Weight::Prose || gap.len() <= 2 || is_dense(lines, at);
    }
    if unknown <= 2 && !interrupted && lines[at].weight == Weight::Prose {
        return true;
    }
    is_dense(lines, at)
}

/// Whether two lines of text follow each other at or soon after this line.
fn is_dense(lines: &[Line<'_>], at: usize) -> bool {
    let next: Vec<Weight> = lines[at..]
        .iter()
        .map(|line| line.weight)
        .filter(|weight| !matches!(weight, Weight::Furniture | Weight::Caption))
        .take(4)
        .collect();
    next.windows(2).any(|pair| {
        matches!(
            pair,
            [Weight::Prose, Weight::Prose | Weight::Sentence] | [Weight::Sentence, Weight::Prose]
        )
    })
}

/// Keeps a heading that stands alone between two paragraphs, and notes what else was left out.
fn take_gap(lines: &[Line<'_>], gap: &[usize], interrupted: bool, body: &mut Body) {
    let unknown: Vec<usize> = gap
        .iter()
        .copied()
        .filter(|at| !matches!(lines[*at].weight, Weight::Furniture | Weight::Caption))
        .collect();
    if let [only] = unknown[..] {
        let line = &lines[only];
        let words = count_words(line.text);
        // A picture gallery has its own title, which stands before its buttons.
        let leads_on = gap.last() == Some(&only) && gap.len() <= 3;
        if leads_on
            && !interrupted
            && !line.text.contains('|')
            && words >= 1
            && !line.text.ends_with(',')
        {
            body.blocks.push(Block {
                line: line.number,
                text: line.text.to_owned(),
                is_heading: words < 12,
            });
            return;
        }
    }
    if let (Some(first), Some(last)) = (unknown.first(), unknown.last()) {
        body.left_out
            .push((lines[*first].number, lines[*last].number));
    }
}

fn is_list_item(text: &str) -> bool {
    static ITEM: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:[-•*‣▪–]|\d{1,2}[.)])\s+\S"));
    ITEM.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(page: &str) -> Vec<String> {
        let lines = lines(page);
        body(&lines, 0)
            .map(|body| body.blocks.into_iter().map(|block| block.text).collect())
            .unwrap_or_default()
    }

    const FIRST: &str = "The harbour of Kestrel Bay opened again on Monday after a storm had closed it for nine days.";
    const SECOND: &str =
        "Fishing boats left before dawn, and the first of them came back with full holds at noon.";

    #[test]
    fn menus_and_footers_are_no_part_of_the_body() {
        let page = format!(
            "News\nSport\nWeather\n{FIRST}\n{SECOND}\nMore stories\nOne\nTwo\nThree\nFour\nFive\nSix\nSeven\nEight\nNine\nTen\n{FIRST}"
        );
        assert_eq!(texts(&page), [FIRST, SECOND]);
    }

    #[test]
    fn a_caption_and_an_advertisement_do_not_end_the_body() {
        let page =
            format!("{FIRST}\nAdvertisement\nThe pier on Monday. Credit: ADA HOLM\n{SECOND}");
        assert_eq!(texts(&page), [FIRST, SECOND]);
    }

    #[test]
    fn a_line_alone_between_paragraphs_is_a_heading() {
        let page = format!(
            "{FIRST}\n{SECOND}\nBack to the boats\n{SECOND} Then it rained.\n{FIRST} It was cold."
        );
        let lines = lines(&page);
        let body = body(&lines, 0).expect("a body");
        assert_eq!(
            body.blocks
                .iter()
                .map(|block| block.is_heading)
                .collect::<Vec<_>>(),
            [false, false, true, false, false]
        );
    }
}
