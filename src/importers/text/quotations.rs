//! Finds the quoted words in a block, in the quotation marks of several languages.
//!
//! It only finds where quotations begin and end; whose words they are is settled in `voices`.

/// Words between quotation marks, as byte ranges of the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Where the opening mark stands.
    pub open: usize,
    /// The words without their marks.
    pub start: usize,
    pub end: usize,
    /// After the closing mark.
    pub close: usize,
    /// Whether a closing mark was printed; a quotation that runs on into the next block has none.
    pub closed: bool,
}

/// Which mark opens and which ones close.
const PAIRS: &[(char, &[char])] = &[
    ('“', &['”', '“']),
    ('„', &['“', '”', '"']),
    ('«', &['»']),
    ('»', &['«']),
    ('「', &['」']),
];

/// Every quotation of a block. `single` says that the article's quotations stand in single marks.
#[must_use]
pub fn spans(text: &str, single: bool) -> Vec<Span> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(span) = next(text, from, single) {
        from = span.close.max(span.open + 1);
        if span.end > span.start {
            found.push(span);
        }
    }
    found
}

fn next(text: &str, from: usize, single: bool) -> Option<Span> {
    for (at, mark) in text[from..]
        .char_indices()
        .map(|(at, mark)| (at + from, mark))
    {
        let start = at + mark.len_utf8();
        let starts_word = text[..at]
            .chars()
            .next_back()
            .is_none_or(|c| c.is_whitespace() || "([{—–-/¡¿¿".contains(c));
        if mark == '"' && starts_word {
            let end = straight_end(text, start);
            return Some(span(text, at, start, end));
        }
        if mark == '‘' && single && starts_word {
            return Some(span(text, at, start, single_end(text, start)));
        }
        if let Some((_, closers)) = PAIRS.iter().find(|(opener, _)| *opener == mark) {
            if mark == '»' && !starts_word {
                continue;
            }
            let end = text[start..]
                .char_indices()
                .map(|(end, c)| (end + start, c))
                .find(|(_, c)| closers.contains(c));
            // A curly mark that opens again before it closes means that the first was never closed.
            let end = end.filter(|(end, c)| !(mark == '“' && *c == '“' && opens_again(text, *end)));
            return Some(span(text, at, start, end));
        }
    }
    None
}

fn opens_again(text: &str, at: usize) -> bool {
    text[..at].ends_with(char::is_whitespace)
}

fn span(text: &str, open: usize, start: usize, end: Option<(usize, char)>) -> Span {
    let (end, close) = end.map_or((text.len(), None), |(end, mark)| {
        (end, Some(end + mark.len_utf8()))
    });
    // French marks stand off from their words by a blank, which is not quoted.
    let words = text[start..end].trim();
    let start = if words.is_empty() {
        start
    } else {
        start + text[start..end].find(words).unwrap_or(0)
    };
    Span {
        open,
        start,
        end: start + words.len(),
        close: close.unwrap_or(text.len()),
        closed: close.is_some(),
    }
}

fn straight_end(text: &str, start: usize) -> Option<(usize, char)> {
    text[start..]
        .char_indices()
        .map(|(at, c)| (at + start, c))
        .find(|(at, c)| {
            *c == '"'
                && text[at + 1..]
                    .chars()
                    .next()
                    .is_none_or(|after| !after.is_alphanumeric())
                && !text[..*at].ends_with(char::is_whitespace)
        })
}

/// The closing single mark is told from an apostrophe by the punctuation before it and the blank after it.
fn single_end(text: &str, start: usize) -> Option<(usize, char)> {
    let mut possible = text[start..]
        .char_indices()
        .map(|(at, c)| (at + start, c))
        .filter(|(at, c)| {
            *c == '’'
                && text[at + c.len_utf8()..]
                    .chars()
                    .next()
                    .is_none_or(|after| !after.is_alphanumeric())
        });
    let first = possible.next()?;
    let ends_clause = |at: usize| text[..at].ends_with([',', '.', '!', '?', '…']);
    if ends_clause(first.0) || !text[..first.0].ends_with('s') {
        return Some(first);
    }
    let reopened = text[first.0..]
        .find('‘')
        .map_or(text.len(), |at| first.0 + at);
    Some(
        possible
            .find(|(at, _)| ends_clause(*at) && *at < reopened)
            .unwrap_or(first),
    )
}

/// Whether the article's quotations stand in single curly marks, as in many British papers.
#[must_use]
pub fn are_single(blocks: &[&str]) -> bool {
    let doubles = blocks
        .iter()
        .any(|block| block.contains(['“', '”', '„', '«']));
    !doubles && blocks.iter().any(|block| block.contains('‘'))
}

/// The block with every quoted byte replaced, so that what is quoted is not read as the article's own words.
#[must_use]
pub fn masked(text: &str, spans: &[Span]) -> String {
    let mut written = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        written.push_str(&text[at..span.start]);
        let ending = text[span.start..span.end]
            .chars()
            .next_back()
            .filter(|c| matches!(c, '.' | '!' | '?' | '…' | ','));
        let ending_length = ending.map_or(0, char::len_utf8);
        written.extend(std::iter::repeat_n(
            '\u{1}',
            span.end - span.start - ending_length,
        ));
        written.extend(ending);
        at = span.end;
    }
    written.push_str(&text[at..]);
    written
}

/// Whether quoted words look like the title of a work rather than speech.
#[must_use]
pub fn is_title(quoted: &str) -> bool {
    if quoted.ends_with(['.', '?', '!']) {
        return false;
    }
    let words: Vec<&str> = quoted
        .split_whitespace()
        .filter(|word| word.chars().count() > 3)
        .collect();
    let capitalised = words
        .iter()
        .filter(|word| word.starts_with(char::is_uppercase))
        .count();
    words.len() >= 2 && capitalised * 5 >= words.len() * 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> Vec<&str> {
        spans(text, are_single(&[text]))
            .iter()
            .map(|span| &text[span.start..span.end])
            .collect()
    }

    #[test]
    fn quotations_are_found_in_the_marks_of_several_languages() {
        for (text, expected) in [
            ("“We sail,” she said. “Now.”", &["We sail,", "Now."][..]),
            ("\"We sail,\" she said. \"Now.\"", &["We sail,", "Now."]),
            ("«On part», dit-elle.", &["On part"]),
            ("„Wir fahren“, sagte sie.", &["Wir fahren"]),
            ("»Wir fahren«, sagte sie.", &["Wir fahren"]),
            (
                "‘We’re the crew’s pride,’ she said.",
                &["We’re the crew’s pride,"],
            ),
            ("“He said ‘no’ twice,” she said.", &["He said ‘no’ twice,"]),
            ("“It goes on and on", &["It goes on and on"]),
            ("the 12\" pipe of the boats’ owner", &[]),
        ] {
            assert_eq!(quoted(text), expected, "{text}");
        }
    }

    #[test]
    fn masking_keeps_every_place() {
        let text = "“Née à Ö,” she said.";
        let masked = masked(text, &spans(text, false));
        assert_eq!(masked.len(), text.len());
        assert!(masked.ends_with(",” she said."));
    }
}
