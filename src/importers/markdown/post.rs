//! Makes one article of the front matter and the body of a post, step by step.
//!
//! It knows what the keys of Jekyll, Hugo and Zola mean; how they are written, the front matter's own module knows. It
//! never refuses: what it cannot settle is a doubt.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::front_matter::{self, FrontMatter};
use super::paths::{self, FileName};
use super::{code, dates, languages, links, people, regex, templates};
use crate::editorial::body::{self, Body};
use crate::editorial::vocabulary::{CitationRole, Kind};
use crate::importers::imported::{Doubt, Imported, ImportedCitation, ImportedHero, Place};

/// A post in the course of being read.
pub(super) struct Reading<'a> {
    file: FileName<'a>,
    front: FrontMatter,
    source: &'a str,
    source_line: u32,
    found: Imported,
}

impl<'a> Reading<'a> {
    pub(super) fn new(
        name: &str,
        file: FileName<'a>,
        mut front: FrontMatter,
        source: &'a str,
        source_line: u32,
    ) -> Self {
        let found = Imported {
            origin: format!("markdown:{name}"),
            place: Place {
                file: name.to_owned(),
                line: 1,
            },
            doubts: std::mem::take(&mut front.doubts),
            ..Imported::default()
        };
        Self {
            file,
            front,
            source,
            source_line,
            found,
        }
    }

    /// The article, complete.
    pub(super) fn finish(mut self) -> Imported {
        self.addresses();
        let page = self.found.path.clone().unwrap_or_default();
        let mut templates_doubts = Vec::new();
        let mut body = templates::resolve(
            self.source,
            self.source_line,
            &self.front,
            &mut templates_doubts,
        );
        self.found.doubts.append(&mut templates_doubts);
        body = links::rewrite(&body, |address| paths::resolve(address, &page, &self.file));
        self.headline(&mut body);
        without_blank_ends(&mut body);
        self.found.body = body;
        self.names_and_tags();
        self.times();
        self.words_about_it();
        self.hero(&page);
        let rendered = body::render(&self.found.body);
        self.language(&rendered);
        self.cited_in_the_text(&rendered);
        self.listed_sources();
        self.found
    }

    fn addresses(&mut self) {
        let slug = self.front.text(&["slug"]);
        let stated = self
            .front
            .text(&["permalink", "path", "url"])
            .filter(|path| !path.contains("{{"));
        let stated = stated.map(|path| self.file.expand(&path, slug.as_deref()));
        let path = match stated {
            // Zola serves every page as a folder, whatever its path says.
            Some(path)
                if self.front.text(&["path"]).is_some()
                    && !path.ends_with('/')
                    && !is_page(&path) =>
            {
                path + "/"
            }
            Some(path) => path,
            None => self.file.path(slug.as_deref()),
        };
        let last = path
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let last = if is_page(last) {
            last.rsplit_once('.').map_or(last, |(last, _)| last)
        } else {
            last
        };
        let words = slug.as_deref().unwrap_or(if last.is_empty() {
            self.file.slug
        } else {
            last
        });
        let slug = slug::slugify(words);
        self.found.slug = (!slug.is_empty()).then_some(slug);
        let mut former: Vec<String> = Vec::new();
        for alias in self
            .front
            .texts(&["aliases", "redirect_from", "former_paths"])
        {
            let alias = paths::rooted(&alias);
            if alias != path && !former.contains(&alias) {
                former.push(alias);
            }
        }
        self.found.former_paths = former;
        self.found.path = Some(path);
    }

    fn headline(&mut self, body: &mut String) {
        let stated = self
            .front
            .text(&["title", "headline"])
            .map(|title| plain(&title));
        let Some((range, heading)) = first_heading(body) else {
            self.found.headline = stated.or_else(|| {
                self.doubt(
                    1,
                    "it states no title; the headline was made from the file name".to_owned(),
                );
                Some(self.file.words())
            });
            return;
        };
        let heading = plain(&heading);
        match stated {
            None => {
                body.replace_range(range, "");
                self.found.headline = Some(heading);
            }
            Some(title) => {
                // Readers would see the headline twice.
                if heading.eq_ignore_ascii_case(&title) && body[..range.start].trim().is_empty() {
                    body.replace_range(range, "");
                }
                self.found.headline = Some(title);
            }
        }
    }

    fn names_and_tags(&mut self) {
        let (authors, byline, doubt) = people::authors(&self.front);
        self.found.authors = authors;
        self.found.byline_text = byline;
        if let Some(doubt) = doubt {
            self.doubt(self.front.line_of(&["authors", "author", "byline"]), doubt);
        }
        let mut seen = HashSet::new();
        let mut tags = Vec::new();
        for keys in [&["tags", "tag"][..], &["categories", "category"]] {
            for tag in self.front.texts(keys) {
                for tag in tag.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
                    if seen.insert(tag.to_lowercase()) {
                        tags.push(tag.to_owned());
                    }
                }
            }
        }
        self.found.tags = tags;
    }

    fn times(&mut self) {
        let keys = [
            "date",
            "published",
            "published_at",
            "publishDate",
            "pubDate",
        ];
        let stated = self.front.text(&keys);
        let parsed = stated.as_deref().and_then(dates::instant);
        let from_path = || self.found.path.as_deref().and_then(dates::day_in_path);
        self.found.published_at = parsed.or(self.file.date).or_else(from_path);
        if let Some(stated) = stated.filter(|_| parsed.is_none()) {
            let instead = if self.found.published_at.is_some() {
                "the date of the file name or path was taken"
            } else {
                "it has no date now"
            };
            self.doubt(
                self.front.line_of(&keys),
                format!("`{stated}` is not understood as a date; {instead}"),
            );
        } else if self.found.published_at.is_none() {
            self.doubt(
                1,
                "no date was found in its front matter, file name or path".to_owned(),
            );
        }
        let keys = [
            "lastmod",
            "updated",
            "last_modified_at",
            "updated_at",
            "modified",
            "last_updated",
        ];
        if let Some(stated) = self.front.text(&keys) {
            self.found.updated_at = dates::instant(&stated);
            if self.found.updated_at.is_none() {
                self.doubt(
                    self.front.line_of(&keys),
                    format!(
                        "`{stated}` is not understood as the date of an update; it was left out"
                    ),
                );
            }
        }
    }

    fn words_about_it(&mut self) {
        let keys = [
            "standfirst",
            "dek",
            "subtitle",
            "description",
            "summary",
            "excerpt",
            "lead",
        ];
        self.found.standfirst = self
            .front
            .text(&keys)
            .map(|text| plain(&text))
            .filter(|text| !text.is_empty());
        self.found.kind = ["kind", "genre", "type", "layout"]
            .iter()
            .find_map(|key| self.front.text(&[key]).and_then(|word| kind_named(&word)));
        self.found.dateline_place = self.front.text(&["dateline", "location", "place"]);
        self.found.copyright = self.front.text(&["copyright"]);
        self.found.copyright_year = self
            .found
            .copyright
            .as_deref()
            .and_then(|line| YEAR.find(line)?.as_str().parse().ok());
        self.found.copyright_holder = self.found.copyright.as_deref().and_then(holder);
        self.found.licence = self.front.text(&["licence", "license", "spdx"]);
    }

    fn hero(&mut self, page: &str) {
        let keys = [
            "hero",
            "cover",
            "featured_image",
            "feature_image",
            "hero_image",
            "image",
            "images",
        ];
        let Some(value) = keys
            .iter()
            .filter_map(|key| self.front.value(key))
            .find(|value| address_in(value).is_some())
        else {
            return;
        };
        let value = match value {
            Value::Array(list) => list.first().unwrap_or(value),
            value => value,
        };
        let Some(url) = address_in(value) else { return };
        let rooted = url.contains('/') && !self.file.is_bundle && !url.starts_with('.');
        let url = if rooted && !links::is_absolute(&url) {
            paths::rooted(&url)
        } else {
            paths::resolve(&url, page, &self.file).unwrap_or(url)
        };
        let said = |inner: &[&str], beside: &[&str]| {
            inner
                .iter()
                .find_map(|key| value.get(key).and_then(front_matter::text_in))
                .or_else(|| self.front.text(beside))
        };
        self.found.hero = Some(ImportedHero {
            url,
            alt: said(
                &["alt"],
                &["image_alt", "hero_alt", "cover_alt", "featured_image_alt"],
            ),
            caption: said(
                &["caption", "title"],
                &["image_caption", "image_figcaption", "hero_caption"],
            )
            .map(|text| plain(&text)),
            credit: said(
                &["credit", "credits", "photographer", "source"],
                &["image_credit", "hero_credit", "photo_credit"],
            ),
        });
    }

    fn language(&mut self, rendered: &Body) {
        let stated = self
            .front
            .text(&["lang", "language", "locale"])
            .map(|tag| tag.replace('_', "-"));
        self.found.language = stated
            .or_else(|| self.file.language.map(str::to_owned))
            .or_else(|| {
                let end = rendered
                    .text
                    .char_indices()
                    .nth(1_500)
                    .map_or(rendered.text.len(), |(at, _)| at);
                let detected =
                    whatlang::detect(&rendered.text[..end]).filter(whatlang::Info::is_reliable)?;
                languages::two_letters(detected.lang().code()).map(str::to_owned)
            });
    }

    /// Every external link is background: which source it is, its domain tells.
    fn cited_in_the_text(&mut self, rendered: &Body) {
        let mut seen = HashSet::new();
        for link in body::links_of(&rendered.blocks) {
            if !(link.href.starts_with("http://") || link.href.starts_with("https://"))
                || !seen.insert((link.block, link.href.clone()))
            {
                continue;
            }
            let words = (!link.text.is_empty()).then_some(link.text);
            let other_words = [link.title, link.picture]
                .into_iter()
                .find(|words| !words.is_empty());
            self.found.citations.push(ImportedCitation {
                role: CitationRole::Background,
                url: Some(link.href),
                title: words.clone().or(other_words),
                block: Some(link.block),
                quote: words,
                ..ImportedCitation::default()
            });
        }
    }

    fn listed_sources(&mut self) {
        for key in ["sources", "references", "citations"] {
            let Some(value) = self.front.value(key) else {
                continue;
            };
            let items = match value {
                Value::Array(items) => items.as_slice(),
                value => std::slice::from_ref(value),
            };
            let listed: Vec<ImportedCitation> = items.iter().filter_map(listed_source).collect();
            self.found.citations.extend(listed);
        }
    }

    fn doubt(&mut self, line: u32, message: String) {
        self.found.doubts.push(Doubt { line, message });
    }
}

/// Whether a path ends in the name of an HTML file.
fn is_page(path: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, extension)| matches!(extension, "html" | "htm"))
}

fn listed_source(item: &Value) -> Option<ImportedCitation> {
    let listed = ImportedCitation {
        role: CitationRole::Listed,
        ..ImportedCitation::default()
    };
    if let Value::Object(_) = item {
        let text = |keys: &[&str]| {
            keys.iter()
                .find_map(|key| item.get(key).and_then(front_matter::text_in))
        };
        let (title, url) = (text(&["title", "text"]), text(&["url", "link", "href"]));
        let source = text(&["name", "source", "publisher", "outlet"]);
        if title.is_none() && url.is_none() && source.is_none() {
            return None;
        }
        return Some(ImportedCitation {
            title,
            url,
            source,
            source_note: text(&["note"]),
            ..listed
        });
    }
    let text = front_matter::text_in(item)?;
    if let Some(link) = body::links_of(&body::render(&text).blocks)
        .into_iter()
        .next()
    {
        let title = (link.text != link.href).then_some(link.text);
        return Some(ImportedCitation {
            title,
            url: Some(link.href),
            ..listed
        });
    }
    Some(ImportedCitation {
        source: Some(text),
        ..listed
    })
}

/// The kind that a word of the front matter names. Layouts such as `post` name none, and `other` would say nothing.
fn kind_named(word: &str) -> Option<Kind> {
    let name = word.trim().to_uppercase().replace(['-', ' '], "_");
    let name = match name.as_str() {
        "OP_ED" | "OPED" | "COLUMN" | "COMMENT" => "OPINION",
        "EXPLAINER" => "ANALYSIS",
        "LEADER" => "EDITORIAL",
        "PRESSRELEASE" => "PRESS_RELEASE",
        "OBIT" => "OBITUARY",
        name => name,
    };
    Kind::ALL
        .iter()
        .copied()
        .find(|kind| kind.as_str() == name && *kind != Kind::Other)
}

/// The address of a picture, stated alone or in a map or list.
fn address_in(value: &Value) -> Option<String> {
    match value {
        Value::String(_) => front_matter::text_in(value)
            .filter(|text| !text.contains("{{") && !text.contains(char::is_whitespace)),
        Value::Object(map) => ["url", "src", "image", "path", "file"]
            .iter()
            .find_map(|key| map.get(*key).and_then(address_in)),
        Value::Array(list) => list.first().and_then(address_in),
        _ => None,
    }
}

/// The words of a line that may hold markup.
fn plain(text: &str) -> String {
    if text.contains(['<', '[', '*', '_', '`', '&', '\\', '\n']) {
        body::text_of(&body::render(text).html)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    } else {
        text.trim().to_owned()
    }
}

/// The first heading of the first level outside code, and where it stands.
fn first_heading(body: &str) -> Option<(std::ops::Range<usize>, String)> {
    let code = code::ranges(body);
    HEADING.captures_iter(body).find_map(|captures| {
        let whole = captures.get(0)?;
        let words = captures.get(1).or_else(|| captures.get(2))?;
        // Inline code inside the heading is no reason to pass it over.
        (!code::holds(&code, whole.start())).then(|| {
            (
                whole.range(),
                words.as_str().trim().trim_end_matches('#').to_owned(),
            )
        })
    })
}

/// Takes out the blank lines before and after the text; blanks that indent its first line stay.
fn without_blank_ends(body: &mut String) {
    body.truncate(body.trim_end().len());
    let text_begins = body.len() - body.trim_start().len();
    let line_begins = body[..text_begins].rfind('\n').map_or(0, |at| at + 1);
    body.drain(..line_begins);
}

/// Who holds the rights, as a copyright line says beside the year.
fn holder(line: &str) -> Option<String> {
    let line = COPYRIGHT_WORDS.replace_all(line, " ");
    let line = line.trim_matches(|c: char| c.is_whitespace() || ".,;-–".contains(c));
    let holder = line.split_whitespace().collect::<Vec<_>>().join(" ");
    (!holder.is_empty()).then_some(holder)
}

static COPYRIGHT_WORDS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)©|\(c\)|\bcopyright\b|\ball rights reserved\b|\b(?:19|20)\d\d(?:\s*[-–]\s*(?:19|20)?\d\d)?\b",
    )
});
static YEAR: LazyLock<Regex> = LazyLock::new(|| regex(r"\b(?:19|20)\d\d\b"));
static HEADING: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?m)^ {0,3}#[ \t]+([^\n]+)\n?|^ {0,3}([^\s#>|`~-][^\n]*)\n=+[ \t]*(?:\n|$)")
});
