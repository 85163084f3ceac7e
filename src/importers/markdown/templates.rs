//! Turns the template tags of Jekyll, Hugo and Zola inside a body into the Markdown they stand for.
//!
//! Known tags become pictures, links and code; the others are left out with a doubt, and what stands between an opening
//! and a closing tag stays. It never runs a template and never touches code.

use std::sync::LazyLock;

use regex::Regex;

use super::front_matter::FrontMatter;
use super::paths::{self, FileName};
use super::{code, regex};
use crate::importers::imported::Doubt;

/// The body with its tags resolved. `first_line` is the line of the file on which the source begins.
pub(super) fn resolve(
    source: &str,
    first_line: u32,
    front: &FrontMatter,
    doubts: &mut Vec<Doubt>,
) -> String {
    if !source.contains('{') && !source.contains('<') {
        return source.to_owned();
    }
    let code = code::ranges(source);
    let mut resolver = Resolver {
        source,
        first_line,
        front,
        doubts,
        resolved: String::with_capacity(source.len()),
        skipped: Vec::new(),
    };
    let mut at = 0;
    while let Some(captures) = TAG.captures_at(source, at) {
        let Some(whole) = captures.get(0) else { break };
        resolver.resolved.push_str(&source[at..whole.start()]);
        at = whole.end();
        let liquid = captures.get(1).map(|inner| inner.as_str());
        match liquid {
            // Jekyll reads these two even inside code.
            Some("raw") => {
                let (inner, ends) = until(&END_RAW, source, at);
                resolver.resolved.push_str(inner);
                at = ends;
            }
            Some("endraw") => {}
            _ if code::holds(&code, whole.start()) => {
                // The next tag may begin inside this one, so only its first two signs are passed over.
                at = whole.start() + 2;
                resolver.resolved.push_str(&source[whole.start()..at]);
            }
            Some("comment") => at = until(&END_COMMENT, source, at).1,
            Some(inner) => resolver.liquid(inner, whole.start()),
            None => match (captures.get(2), captures.get(3)) {
                (Some(expression), _) => resolver.braces(expression.as_str().trim(), whole.start()),
                (None, Some(attributes)) => resolver.frame(attributes.as_str(), whole.start()),
                // The mark of an excerpt, or a wrapper for browsers without scripts.
                (None, None) => {}
            },
        }
    }
    resolver.resolved.push_str(&source[at..]);
    resolver.report();
    resolver.resolved
}

/// The text from a position to a closing tag, and where the tag ends; without one, all the rest.
fn until<'a>(closing: &Regex, source: &'a str, from: usize) -> (&'a str, usize) {
    closing
        .find_at(source, from)
        .map_or((&source[from..], source.len()), |tag| {
            (&source[from..tag.start()], tag.end())
        })
}

struct Resolver<'a> {
    source: &'a str,
    first_line: u32,
    front: &'a FrontMatter,
    doubts: &'a mut Vec<Doubt>,
    resolved: String,
    /// What was left out, where first and how often.
    skipped: Vec<(String, usize, usize)>,
}

impl Resolver<'_> {
    /// `{% tag arguments %}`
    fn liquid(&mut self, inner: &str, at: usize) {
        let (tag, rest) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
        let arguments = Arguments::of(rest);
        match tag {
            "image" | "img" | "picture" | "responsive_image" => self.picture(&arguments, 1),
            "image_with_class" => self.picture(&arguments, 2),
            "include" | "include_cached" | "include_relative" | "render" | "figure" => {
                if arguments
                    .named(&["image", "src", "url", "image_path"])
                    .is_some()
                {
                    self.picture(&arguments, usize::MAX);
                } else if let Some(id) = arguments
                    .named(&["id", "youtube_id", "video_id"])
                    .filter(|_| rest.contains("youtube"))
                {
                    self.video(&format!("https://www.youtube.com/watch?v={id}"), "Video");
                } else {
                    self.skip(
                        &format!(
                            "{{% {tag} {} %}}",
                            arguments.plain.first().map_or("", String::as_str)
                        ),
                        at,
                    );
                }
            }
            "youtube" | "vimeo" => self.video_of(tag, &arguments),
            "highlight" => {
                self.resolved.push_str("```");
                self.resolved
                    .push_str(arguments.plain.first().map_or("", String::as_str));
            }
            "endhighlight" => self.resolved.push_str("```"),
            "link" | "post_url" => {
                if let Some(target) = arguments.plain.first() {
                    let target = if tag == "post_url" {
                        format!("{target}.md")
                    } else {
                        target.clone()
                    };
                    self.resolved.push_str(&FileName::of(&target).path(None));
                }
            }
            _ if tag.starts_with("end") => {}
            // Zola writes the arguments of a block in parentheses.
            _ => self.skip(
                &format!("{{% {} %}}", tag.split('(').next().unwrap_or(tag)),
                at,
            ),
        }
    }

    /// `{{ expression }}`, and Hugo's `{{< tag >}}` and `{{% tag %}}`
    fn braces(&mut self, expression: &str, at: usize) {
        for (opens, closes) in [('<', '>'), ('%', '%')] {
            if let Some(tag) = expression
                .strip_prefix(opens)
                .and_then(|tag| tag.strip_suffix(closes))
            {
                return self.shortcode(tag.trim().trim_end_matches('/').trim(), at);
            }
        }
        if let Some((name, arguments)) = expression
            .split_once('(')
            .and_then(|(name, rest)| Some((name.trim(), rest.strip_suffix(')')?)))
        {
            return self.shortcode(&format!("{name} {}", arguments.replace(',', " ")), at);
        }
        let mut filters = expression.split('|').map(str::trim);
        let first = filters.next().unwrap_or("");
        let literal = first
            .strip_prefix(['"', '\''])
            .map(|rest| rest.trim_end_matches(['"', '\'']).to_owned());
        let known = literal.clone().or_else(|| match first {
            "site.baseurl" | "site.url" | "baseurl" | "site.BaseURL" => Some(String::new()),
            name => {
                let key = name.strip_prefix("page.").unwrap_or(name);
                self.front.text(&[key]).filter(|_| !key.contains('.'))
            }
        });
        let Some(mut value) = known else {
            return self.skip(&format!("{{{{ {first} }}}}"), at);
        };
        for filter in filters {
            let (name, argument) = filter.split_once(':').unwrap_or((filter, ""));
            match name.trim() {
                "embed" => {
                    let title = argument.trim().trim_matches(['"', '\'']);
                    return self.video(
                        &watchable(&value),
                        if title.is_empty() { "Video" } else { title },
                    );
                }
                "prepend" | "append" | "replace" | "url" | "relative_url" | "absolute_url"
                | "escape" | "strip_html" | "markdownify" | "safe" | "cgi_escape"
                | "uri_escape" | "strip" | "smartify" | "date" => {}
                // Such as a site's own `team_link`: what is linked is readable by itself.
                name if name.ends_with("_link") => {}
                name => {
                    return self.skip(&format!("{{{{ … | {name} }}}}"), at);
                }
            }
        }
        if literal.is_none() && first.ends_with("image") && !value.contains("://") {
            value = paths::rooted(&value);
        }
        self.resolved.push_str(&value);
    }

    /// A shortcode of Hugo or Zola: a name and its arguments.
    fn shortcode(&mut self, inner: &str, at: usize) {
        let (name, rest) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
        let arguments = Arguments::of(rest);
        match name {
            "figure" | "img" | "image" | "resize_image" => self.picture(&arguments, 1),
            "youtube" | "vimeo" => self.video_of(name, &arguments),
            "tweet" | "twitter" | "x" => {
                match (arguments.named(&["user"]), arguments.named(&["id"])) {
                    (Some(user), Some(id)) => self.video(
                        &format!("https://twitter.com/{user}/status/{id}"),
                        &format!("Post by @{user}"),
                    ),
                    _ => self.skip(&format!("{{{{< {name} >}}}}"), at),
                }
            }
            "gist" if arguments.plain.len() >= 2 => {
                let address = format!(
                    "https://gist.github.com/{}/{}",
                    arguments.plain[0], arguments.plain[1]
                );
                self.video(&address, "Gist");
            }
            "ref" | "relref" => {
                if let Some(target) = arguments.plain.first().or(arguments.named(&["path"])) {
                    let target = if target.contains(".md") {
                        target.clone()
                    } else {
                        format!("{target}.md")
                    };
                    self.resolved
                        .push_str(&FileName::of(target.trim_start_matches('/')).path(None));
                }
            }
            "highlight" => {
                self.resolved.push_str("```");
                self.resolved
                    .push_str(arguments.plain.first().map_or("", String::as_str));
            }
            "/highlight" => self.resolved.push_str("```"),
            _ if name.starts_with('/') => {}
            _ => self.skip(&format!("{{{{< {name} >}}}}"), at),
        }
    }

    /// A picture whose address comes first and whose words stand at `alt_at`, or which names its arguments.
    fn picture(&mut self, arguments: &Arguments, alt_at: usize) {
        let Some(address) = arguments
            .named(&["image", "src", "url", "image_path", "path"])
            .or(arguments.plain.first())
            .cloned()
        else {
            return;
        };
        let alt = arguments
            .named(&["alt"])
            .or(arguments.plain.get(alt_at))
            .cloned()
            .unwrap_or_default();
        let caption = arguments
            .named(&["caption", "title"])
            .cloned()
            .unwrap_or_default();
        // Such tags count from the site's root, unless a bundle's own picture is meant.
        let address = if address.contains('/')
            && !address.contains("://")
            && !address.starts_with(['/', '.'])
        {
            format!("/{address}")
        } else {
            address
        };
        if self.is_inside_html() {
            self.print(&[
                "<img src=\"",
                &attribute(&address),
                "\" alt=\"",
                &attribute(&alt),
                "\">",
            ]);
            if !caption.is_empty() {
                self.print(&["<figcaption>", &attribute(&caption), "</figcaption>"]);
            }
            return;
        }
        self.print(&["![", &bracketed(&alt), "](", &destination(&address), ")"]);
        if !caption.is_empty() {
            self.print(&["\n\n*", &caption.trim().replace('*', "\\*"), "*"]);
        }
    }

    fn video_of(&mut self, host: &str, arguments: &Arguments) {
        let Some(id) = arguments
            .named(&["id"])
            .or(arguments.plain.first())
            .cloned()
        else {
            return;
        };
        let address = match host {
            _ if id.contains("://") => watchable(&id),
            "vimeo" => format!("https://vimeo.com/{id}"),
            _ => format!("https://www.youtube.com/watch?v={id}"),
        };
        let title = arguments.named(&["title"]).cloned();
        self.video(&address, title.as_deref().unwrap_or("Video"));
    }

    /// What cannot be shown inside a text is linked.
    fn video(&mut self, address: &str, title: &str) {
        if self.is_inside_html() {
            self.print(&[
                "<a href=\"",
                &attribute(address),
                "\">",
                &attribute(title),
                "</a>",
            ]);
        } else {
            self.print(&["[", &bracketed(title), "](", &destination(address), ")"]);
        }
    }

    /// `<iframe src="…">`
    fn frame(&mut self, attributes: &str, at: usize) {
        let value = |name: &str| {
            ATTRIBUTE
                .captures_iter(attributes)
                .find(|found| found[1].eq_ignore_ascii_case(name))
                .map(|found| found[2].trim_matches(['"', '\'']).to_owned())
        };
        match value("src") {
            Some(address) => {
                let address = watchable(&address.replace("&amp;", "&"));
                let title = value("title").unwrap_or_else(|| address.clone());
                self.video(&address, &title);
            }
            None => self.skip("<iframe>", at),
        }
    }

    fn print(&mut self, pieces: &[&str]) {
        self.resolved.extend(pieces.iter().copied());
    }

    /// Whether the text before stands in raw HTML, in which Markdown is not read.
    fn is_inside_html(&self) -> bool {
        let begins = self.resolved.rfind("\n\n").map_or(0, |at| at + 2);
        let paragraph = self.resolved[begins..].trim_start();
        paragraph.starts_with('<')
            && !paragraph.starts_with("<http")
            && !paragraph.starts_with("<!--")
    }

    fn skip(&mut self, what: &str, at: usize) {
        match self.skipped.iter_mut().find(|(known, ..)| known == what) {
            Some((_, _, times)) => *times += 1,
            None => self.skipped.push((what.to_owned(), at, 1)),
        }
    }

    fn report(&mut self) {
        for (what, at, times) in std::mem::take(&mut self.skipped) {
            let before = self.source[..at]
                .bytes()
                .filter(|byte| *byte == b'\n')
                .count();
            let line = self.first_line + u32::try_from(before).unwrap_or(0);
            let often = if times > 1 {
                format!(" ({times} times)")
            } else {
                String::new()
            };
            self.doubts.push(Doubt { line, message: format!("`{what}` is a tag of the site's generator that is not known; it was left out{often}") });
        }
    }
}

/// The arguments of a tag.
struct Arguments {
    plain: Vec<String>,
    named: Vec<(String, String)>,
}

impl Arguments {
    fn of(text: &str) -> Self {
        let mut arguments = Self {
            plain: Vec::new(),
            named: Vec::new(),
        };
        for captures in ARGUMENT.captures_iter(text) {
            let value = captures
                .iter()
                .skip(2)
                .flatten()
                .next()
                .map_or("", |found| found.as_str());
            let value = value.trim_end_matches(',').replace("\\\"", "\"");
            match captures.get(1) {
                Some(name) => arguments.named.push((name.as_str().to_owned(), value)),
                None => arguments.plain.push(value),
            }
        }
        arguments
    }

    fn named(&self, names: &[&str]) -> Option<&String> {
        names
            .iter()
            .find_map(|name| self.named.iter().find(|(known, _)| known == name))
            .map(|(_, value)| value)
            .filter(|value| !value.is_empty())
    }
}

/// The page on which people watch a video that was embedded.
fn watchable(address: &str) -> String {
    let address = if address.starts_with("//") {
        format!("https:{address}")
    } else {
        address.to_owned()
    };
    match EMBEDDED.captures(&address) {
        Some(captures) => format!("https://www.youtube.com/watch?v={}", &captures[1]),
        None => address,
    }
}

fn attribute(value: &str) -> String {
    value
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\n', " ")
}

/// An address as Markdown takes it.
fn destination(address: &str) -> String {
    let address = address.replace(['<', '>', '\n'], "");
    if address.contains([' ', '(', ')']) {
        format!("<{address}>")
    } else {
        address
    }
}

fn bracketed(words: &str) -> String {
    words
        .trim()
        .replace('\\', "\\\\")
        .replace('[', "\\[")
        .replace(']', "\\]")
        .replace('\n', " ")
}

static TAG: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?s)\{%-?\s*((?:[^%{}]|%[^}{]|\{[^%{])*?)\s*-?%\}",
        r"|\{\{-?((?:[^{}]|\}[^}])*?)-?\}\}",
        r"|(?i:<iframe\b((?:[^>\x22']|\x22[^\x22]*\x22|'[^']*')*)>(?:\s*</iframe\s*>)?)",
        r"|(?i:<!--\s*(?:more|excerpt|/?readmore)\s*-->|</?noscript\s*>|</iframe\s*>)",
    ))
});
static END_RAW: LazyLock<Regex> = LazyLock::new(|| regex(r"\{%-?\s*endraw\s*-?%\}"));
static END_COMMENT: LazyLock<Regex> = LazyLock::new(|| regex(r"\{%-?\s*endcomment\s*-?%\}"));
static ARGUMENT: LazyLock<Regex> = LazyLock::new(|| {
    regex(r#"(?s)(?:([A-Za-z_][\w-]*)\s*[=:]\s*)?(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"']+))"#)
});
static ATTRIBUTE: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"(?s)([A-Za-z-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)"#));
static EMBEDDED: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^https?://(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]+)"));
