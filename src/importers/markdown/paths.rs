//! Where a post stands on its site, by its file name and what its front matter states.
//!
//! It never looks at other files: the path of another post is derived from that post's file name by the same rules.

use chrono::{DateTime, Datelike, Utc};

use super::{dates, languages, links};

/// What the name of a file says.
pub(super) struct FileName<'a> {
    /// The folders above it within the site's content.
    folders: Vec<&'a str>,
    /// The part that names the post, without date, language and extension.
    pub slug: &'a str,
    pub date: Option<DateTime<Utc>>,
    pub language: Option<&'static str>,
    /// `x/index.md`: the folder is the post and holds its pictures.
    pub is_bundle: bool,
    pub is_section_page: bool,
}

impl<'a> FileName<'a> {
    pub(super) fn of(name: &'a str) -> Self {
        let mut folders: Vec<&str> = name
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .collect();
        let file = folders.pop().unwrap_or(name);
        if let Some(content) = folders
            .iter()
            .rposition(|folder| matches!(*folder, "content" | "_posts" | "_drafts"))
        {
            folders.drain(..=content);
        }
        let mut stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let mut language = None;
        if let Some((before, suffix)) = stem.rsplit_once('.')
            && let Some(known) = languages::suffix(suffix)
        {
            stem = before;
            language = Some(known);
        }
        let is_bundle = stem == "index" && !folders.is_empty();
        if is_bundle {
            stem = folders.pop().unwrap_or(stem);
        }
        let (date, slug) = match dates::day_in_name(stem) {
            Some((date, rest)) if !rest.is_empty() => (Some(date), rest),
            Some((date, _)) => (Some(date), stem),
            None => (dates::day_in_path(&folders.join("/")), stem),
        };
        Self {
            folders,
            slug,
            date,
            language,
            is_bundle,
            is_section_page: stem == "_index",
        }
    }

    /// The path on the site: by the date for a dated file, else by folder. A slug of the front matter replaces the
    /// last part.
    pub(super) fn path(&self, slug: Option<&str>) -> String {
        let mut path = String::from("/");
        if let Some(language) = self.language {
            path.push_str(language);
            path.push('/');
        }
        match self.date {
            Some(date) if dates::day_in_path(&self.folders.join("/")).is_none() => {
                path.push_str(&date.format("%Y/%m/%d/").to_string());
                path.push_str(slug.unwrap_or(self.slug));
            }
            _ => {
                for folder in &self.folders {
                    path.push_str(&hyphenated(folder));
                    path.push('/');
                }
                path.push_str(&slug.map_or_else(|| hyphenated(self.slug), str::to_owned));
            }
        }
        path.push('/');
        path
    }

    /// A stated path, with Jekyll's placeholders filled in.
    pub(super) fn expand(&self, stated: &str, slug: Option<&str>) -> String {
        let mut path = stated.to_owned();
        if path.contains(':') && !path.contains("://") {
            let slug = slug.unwrap_or(self.slug);
            if let Some(date) = self.date {
                for (placeholder, number) in [
                    (":year", date.year().to_string()),
                    (":month", format!("{:02}", date.month())),
                    (":day", format!("{:02}", date.day())),
                ] {
                    path = path.replace(placeholder, &number);
                }
            }
            for (placeholder, words) in [
                (":title", slug),
                (":slug", slug),
                (":name", slug),
                (":categories/", ""),
                (":output_ext", ".html"),
            ] {
                path = path.replace(placeholder, words);
            }
        }
        rooted(&path)
    }

    /// The words of the file name, for want of a headline.
    pub(super) fn words(&self) -> String {
        let words = self.slug.replace(['-', '_'], " ");
        let mut letters = words.trim().chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default()
    }
}

/// The site's path of an address in the post, or nothing when the address is to stay as it is.
pub(super) fn resolve(address: &str, page: &str, file: &FileName<'_>) -> Option<String> {
    let address = address.trim();
    if address.is_empty()
        || address.starts_with('#')
        || address.starts_with('?')
        || links::is_absolute(address)
        || address.contains(['{', '}'])
    {
        return None;
    }
    let end = address.find(['#', '?']).unwrap_or(address.len());
    let (target, rest) = address.split_at(end);
    let is_post = target
        .rsplit_once('.')
        .is_some_and(|(_, extension)| matches!(extension, "md" | "markdown" | "mdx"));
    if let Some(content) = target.strip_prefix("@/") {
        return Some(FileName::of(content).path(None) + rest);
    }
    if is_post {
        let target = if let Some(from_root) = target.strip_prefix('/') {
            from_root.to_owned()
        } else {
            // A bundle is a folder itself, so its neighbours are one step up.
            let mut base: String = file.folders.join("/");
            if file.is_bundle {
                base.push('/');
                base.push_str(file.slug);
            }
            joined(&base, target)
        };
        let other = FileName::of(&target);
        return (!other.is_section_page).then(|| other.path(None) + rest);
    }
    if target.starts_with('/') {
        return None;
    }
    Some(format!("/{}{rest}", joined(page, target)))
}

/// A path beginning with `/`; of a whole address, only the path.
pub(super) fn rooted(path: &str) -> String {
    let path = path.trim();
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => path,
    };
    format!("/{}", path.trim_start_matches('/').trim_start_matches("./"))
}

/// A relative path set on a base folder, with `.` and `..` worked out and without a leading `/`.
fn joined(base: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut path = parts.join("/");
    if relative.ends_with('/') && !path.is_empty() {
        path.push('/');
    }
    path
}

fn hyphenated(part: &str) -> String {
    part.trim().to_lowercase().replace(' ', "-")
}
