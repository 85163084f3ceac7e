//! Reads one post of a folder of Markdown files with front matter, as Hugo, Jekyll and Zola keep them.
//!
//! One file goes in and what was found comes out, so posts can be read in any order and on any thread. It never opens
//! a file, never asks another post and never guesses silently: whatever it mended or left out is a doubt.

mod code;
mod dates;
mod front_matter;
mod languages;
mod links;
mod paths;
mod people;
mod post;
mod templates;
#[cfg(test)]
mod tests;

use regex::Regex;

use self::front_matter::FrontMatter;
use self::paths::FileName;
use self::post::Reading;
use super::imported::{Imported, Place, Refused};
use super::nul;

/// What became of one file.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The post.
    Post(Box<Imported>),
    /// Rightly left out, such as a draft; the sentence says why.
    LeftOut(String),
}

/// Whether a file of the folder can be a post: Markdown, not hidden, no section page, not in a folder that the site's
/// generator keeps for itself. Whether it is one, `read` decides.
#[must_use]
pub fn is_post(name: &str) -> bool {
    let (folders, file) = name.rsplit_once('/').unwrap_or(("", name));
    let kept_apart = |folder: &str| {
        (folder.starts_with(['.', '_']) && !matches!(folder, "." | ".." | "_posts" | "_drafts"))
            || folder == "node_modules"
    };
    !file.starts_with(['.', '_'])
        && !folders.split('/').any(kept_apart)
        && file.rsplit_once('.').is_some_and(|(stem, extension)| {
            !stem.is_empty()
                && ["md", "markdown", "mdown", "mkd", "mdx"]
                    .iter()
                    .any(|known| extension.eq_ignore_ascii_case(known))
        })
}

/// Reads one post. `name` is its path relative to the imported folder, with forward slashes.
///
/// # Errors
///
/// A file that is not UTF-8, that holds a NUL, or whose front matter cannot be read even after mending, is refused with the line and the
/// way to mend it.
pub fn read(name: &str, bytes: &[u8]) -> Result<Outcome, Refused> {
    let text = utf8(name, bytes)?;
    let file = FileName::of(name);
    if file.is_section_page {
        return Ok(Outcome::LeftOut(
            "it is the page of a section, not a post".to_owned(),
        ));
    }
    let document = front_matter::split(name, &text)?;
    let front = match document.front_matter {
        Some(front) => front,
        None if file.date.is_some() => FrontMatter::default(),
        None => {
            return Ok(Outcome::LeftOut(
                "it has no front matter and its file name has no date".to_owned(),
            ));
        }
    };
    if let Some(key) = front.key_with_nul() {
        return Err(Refused {
            place: Place {
                file: name.to_owned(),
                line: front.line_of(&[key]),
            },
            reason: nul::REASON.to_owned(),
        });
    }
    if let Some(reason) = reason_to_leave_out(&front, name, document.body) {
        return Ok(Outcome::LeftOut(reason));
    }
    let post = Reading::new(name, file, front, document.body, document.body_line).finish();
    Ok(Outcome::Post(Box::new(post)))
}

fn utf8(name: &str, bytes: &[u8]) -> Result<String, Refused> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
        Refused {
            place: Place {
                file: name.to_owned(),
                line: 1 + front_matter::lines_in(before),
            },
            reason: "the file is not UTF-8: save it again in that encoding".to_owned(),
        }
    })?;
    if let Some(at) = text.find('\0') {
        return Err(Refused {
            place: Place {
                file: name.to_owned(),
                line: 1 + front_matter::lines_in(&text[..at]),
            },
            reason: nul::REASON.to_owned(),
        });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text.to_owned()
    })
}

fn reason_to_leave_out(front: &FrontMatter, name: &str, body: &str) -> Option<String> {
    if name.split('/').any(|folder| folder == "_drafts") {
        return Some("it is in the folder of drafts".to_owned());
    }
    if front.is_true("draft")
        || front
            .text(&["status"])
            .is_some_and(|status| status.eq_ignore_ascii_case("draft"))
    {
        return Some("it is a draft".to_owned());
    }
    if front.is_false("published") {
        return Some("its front matter says that it is not published".to_owned());
    }
    if front.text(&["redirect_to", "redirect"]).is_some() {
        return Some("it only leads to another page".to_owned());
    }
    if body.trim().is_empty() && front.text(&["title"]).is_none() {
        return Some("it has neither a title nor text".to_owned());
    }
    None
}

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants of this module and its tests compile every one"
)]
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern compiles")
}
