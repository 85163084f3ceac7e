//! The files of an import: which there are, of which format, and what a reader of the format finds in them.

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use tokio::sync::mpsc;

use super::{
    imported::{Imported, Place, Refused},
    markdown,
    report::ImportError,
    text,
};

/// Lines of a dump that are prepared and written together.
const LINES: usize = 500;
/// The longest line of a dump, in bytes.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// What sort of documents are imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Scraped news pages as plain text, and Reuters-21578 collections.
    Text,
    /// A folder of Markdown posts with front matter.
    Markdown,
    /// Dateline's own dump.
    Ndjson,
}

/// A file and the name by which reports and origins call it.
pub(super) struct Input {
    pub(super) path: PathBuf,
    pub(super) name: String,
    pub(super) bytes: u64,
}

/// What reading one file gave.
pub(super) enum Found {
    Article(Box<Imported>),
    LeftOut(Place, String),
    Refused(Refused),
}

/// The files of a path by format, each format's files in the order of their names.
pub(super) fn inputs(
    path: &Path,
    wanted: Option<Format>,
) -> Result<Vec<(Format, Vec<Input>)>, ImportError> {
    if path == Path::new("-") {
        return Ok(vec![(
            Format::Ndjson,
            vec![Input {
                path: path.to_owned(),
                name: "standard input".to_owned(),
                bytes: 0,
            }],
        )]);
    }
    let unreadable = |source| ImportError::Read {
        path: path.display().to_string(),
        source,
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    let mut groups: Vec<(Format, Vec<Input>)> = [Format::Ndjson, Format::Text, Format::Markdown]
        .into_iter()
        .map(|format| (format, Vec::new()))
        .collect();
    let mut put = |format: Format, input: Input| {
        for (known, files) in &mut groups {
            if *known == format {
                files.push(input);
                return;
            }
        }
    };
    if metadata.is_file() {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let format = wanted
            .or_else(|| format_of(&name))
            .ok_or_else(|| ImportError::UnknownFormat(name.clone()))?;
        put(
            format,
            Input {
                path: path.to_owned(),
                name,
                bytes: metadata.len(),
            },
        );
    } else {
        let mut files = Vec::new();
        walk(path, path, &mut files).map_err(unreadable)?;
        files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        for file in files {
            let Some(format) = format_of(&file.name) else {
                continue;
            };
            let fits = wanted.is_none_or(|wanted| wanted == format);
            if fits && (format != Format::Markdown || markdown::is_post(&file.name)) {
                put(format, file);
            }
        }
    }
    groups.retain(|(_, files)| !files.is_empty());
    if groups.is_empty() {
        return Err(ImportError::UnknownFormat(path.display().to_string()));
    }
    Ok(groups)
}

fn format_of(name: &str) -> Option<Format> {
    let extension = Path::new(name).extension()?.to_str()?.to_ascii_lowercase();
    Some(match extension.as_str() {
        "ndjson" | "jsonl" => Format::Ndjson,
        "txt" | "text" | "sgm" | "sgml" => Format::Text,
        "md" | "markdown" | "mdown" | "mkd" | "mdx" => Format::Markdown,
        _ => return None,
    })
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<Input>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = std::fs::metadata(entry.path())?;
        if metadata.is_dir() {
            // A link to a folder above would never end.
            if !entry.file_type()?.is_symlink() {
                walk(root, &entry.path(), files)?;
            }
        } else {
            let path = entry.path();
            let name = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            files.push(Input {
                path,
                name,
                bytes: metadata.len(),
            });
        }
    }
    Ok(())
}

pub(super) fn read_documents(format: Format, file: &Input) -> Result<Vec<Found>, ImportError> {
    let bytes = std::fs::read(&file.path).map_err(|source| ImportError::Read {
        path: file.path.display().to_string(),
        source,
    })?;
    Ok(match format {
        Format::Markdown => vec![match markdown::read(&file.name, &bytes) {
            Ok(markdown::Outcome::Post(article)) => Found::Article(article),
            Ok(markdown::Outcome::LeftOut(reason)) => Found::LeftOut(
                Place {
                    file: file.name.clone(),
                    line: 1,
                },
                reason,
            ),
            Err(refused) => Found::Refused(refused),
        }],
        _ => text::read(&file.name, &bytes)
            .into_iter()
            .map(|found| match found {
                Ok(article) => Found::Article(Box::new(article)),
                Err(refused) => Found::Refused(refused),
            })
            .collect(),
    })
}

/// Reads a dump line by line and sends the lines in batches.
pub(super) fn read_lines(
    path: &Path,
    sender: &mpsc::Sender<Result<Vec<(u32, String)>, std::io::Error>>,
) -> Result<(), std::io::Error> {
    let source: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path)?)
    };
    let mut reader = BufReader::with_capacity(1 << 20, source);
    let mut batch = Vec::with_capacity(LINES);
    for number in 1.. {
        let mut bytes = Vec::new();
        let length = reader
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut bytes)?;
        if length > 0 {
            while bytes
                .last()
                .is_some_and(|byte| matches!(byte, b'\n' | b'\r'))
            {
                bytes.pop();
            }
            let line = String::from_utf8(bytes)
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
            batch.push((number, line));
        }
        if batch.len() == LINES || (length == 0 && !batch.is_empty()) {
            // The other end hangs up when it has seen enough.
            if sender
                .blocking_send(Ok(std::mem::take(&mut batch)))
                .is_err()
            {
                return Ok(());
            }
        }
        if length == 0 {
            break;
        }
    }
    Ok(())
}
