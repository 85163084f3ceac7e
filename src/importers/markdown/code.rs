//! Finds the code of a Markdown text, in which nothing is a link or a template.
//!
//! It knows fences and code spans; it never treats indented lines as code, because in lists they are not.

use std::ops::Range;

/// The byte ranges of code, in order.
pub(super) fn ranges(markdown: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut fence: Option<(usize, char, usize)> = None;
    let mut prose_begins = 0;
    let mut at = 0;
    for line in markdown.split_inclusive('\n') {
        let begins = at;
        at += line.len();
        let trimmed = line.trim_start_matches([' ', '\t', '>']);
        let mark = trimmed
            .chars()
            .next()
            .filter(|mark| matches!(mark, '`' | '~'));
        let length = mark.map_or(0, |mark| {
            trimmed.len() - trimmed.trim_start_matches(mark).len()
        });
        match fence {
            None if length >= 3 && !(mark == Some('`') && trimmed[length..].contains('`')) => {
                spans(markdown, prose_begins..begins, &mut ranges);
                fence = mark.map(|mark| (begins, mark, length));
            }
            Some((opened, kind, wanted))
                if mark == Some(kind)
                    && length >= wanted
                    && trimmed[length..].trim().is_empty() =>
            {
                ranges.push(opened..at);
                fence = None;
                prose_begins = at;
            }
            _ => {}
        }
    }
    match fence {
        Some((opened, ..)) => ranges.push(opened..markdown.len()),
        None => spans(markdown, prose_begins..markdown.len(), &mut ranges),
    }
    ranges
}

/// Whether a position lies in code.
pub(super) fn holds(ranges: &[Range<usize>], at: usize) -> bool {
    let following = ranges.partition_point(|range| range.start <= at);
    following > 0 && ranges[following - 1].contains(&at)
}

/// Adds the code spans of some prose.
fn spans(markdown: &str, prose: Range<usize>, ranges: &mut Vec<Range<usize>>) {
    for paragraph in paragraphs(&markdown[prose.clone()]) {
        let paragraph = prose.start + paragraph.start..prose.start + paragraph.end;
        let runs = backtick_runs(markdown, paragraph);
        let mut unmatched: Vec<usize> = Vec::new();
        let mut index = 0;
        while let Some(opener) = runs.get(index) {
            let length = opener.len();
            index += 1;
            if unmatched.contains(&length) {
                continue;
            }
            if let Some(closer) = runs[index..].iter().position(|run| run.len() == length) {
                ranges.push(opener.start..runs[index + closer].end);
                index += closer + 1;
            } else {
                unmatched.push(length);
            }
        }
    }
}

fn paragraphs(prose: &str) -> Vec<Range<usize>> {
    let mut paragraphs = Vec::new();
    let mut begins = 0;
    let mut at = 0;
    for line in prose.split_inclusive('\n') {
        at += line.len();
        if line.trim().is_empty() {
            paragraphs.push(begins..at);
            begins = at;
        }
    }
    paragraphs.push(begins..prose.len());
    paragraphs
}

fn backtick_runs(markdown: &str, within: Range<usize>) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (offset, _) in markdown[within.clone()].match_indices('`') {
        let at = within.start + offset;
        match runs.last_mut() {
            Some(run) if run.end == at => run.end = at + 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}
