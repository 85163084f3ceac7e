use super::*;
use crate::editorial::vocabulary::{CitationRole, Kind};

fn post(name: &str, text: &str) -> Imported {
    match read(name, text.as_bytes()) {
        Ok(Outcome::Post(post)) => *post,
        other => panic!("{name} is no post: {other:?}"),
    }
}

fn left_out(name: &str, text: &str) -> String {
    match read(name, text.as_bytes()) {
        Ok(Outcome::LeftOut(reason)) => reason,
        other => panic!("{name} was not left out: {other:?}"),
    }
}

fn refusal(name: &str, text: &[u8]) -> (u32, String) {
    let refused = read(name, text).unwrap_err();
    assert_eq!(refused.place.file, name);
    (refused.place.line, refused.reason)
}

fn names(post: &Imported) -> Vec<&str> {
    post.authors
        .iter()
        .map(|author| author.name.as_str())
        .collect()
}

fn messages(post: &Imported) -> Vec<String> {
    post.doubts
        .iter()
        .map(|doubt| format!("{}: {}", doubt.line, doubt.message))
        .collect()
}

#[test]
fn only_markdown_outside_hidden_and_underscored_folders_can_be_a_post() {
    for name in [
        "a.md",
        "_posts/2014-03-19-a.markdown",
        "_drafts/a.md",
        "content/x/index.md",
        "blog/A.MDX",
    ] {
        assert!(is_post(name), "{name}");
    }
    for name in [
        "a.txt",
        "content/_index.md",
        ".github/a.md",
        "_includes/a.md",
        "node_modules/x/a.md",
        ".md",
        "md",
        "x/.a.md",
    ] {
        assert!(!is_post(name), "{name}");
    }
}

#[test]
fn a_jekyll_post_has_its_path_from_its_file_name() {
    let post = post(
        "_posts/2014-03-19-harbour-reopens.md",
        "---\nlayout: post\ntitle: \"Harbour reopens\"\ndate: 2014-03-19 14:00:00 -4\nauthor: Jane Doe\ntags:\n- ports\n- Ships\ncategories: [news, ships]\n---\nThe quay is open.\n",
    );
    assert_eq!(post.headline.as_deref(), Some("Harbour reopens"));
    assert_eq!(post.path.as_deref(), Some("/2014/03/19/harbour-reopens/"));
    assert_eq!(post.slug.as_deref(), Some("harbour-reopens"));
    assert_eq!(
        post.published_at.unwrap().to_rfc3339(),
        "2014-03-19T18:00:00+00:00"
    );
    assert_eq!(post.tags, ["ports", "Ships", "news"]);
    assert_eq!(names(&post), ["Jane Doe"]);
    assert_eq!((post.kind, post.body.as_str()), (None, "The quay is open."));
    assert_eq!(post.origin, "markdown:_posts/2014-03-19-harbour-reopens.md");
    assert!(post.doubts.is_empty(), "{:?}", post.doubts);
}

#[test]
fn a_zola_post_has_its_date_from_its_path_and_its_tags_from_the_taxonomies() {
    let post = post(
        "content/Harbour-2.0.md",
        "+++\npath = \"2018/03/29/Harbour-2.0\"\ntitle = \"Harbour 2.0\"\nauthors = [\"The Port\"]\naliases = [\"2018/03/29/Harbour-2.0.html\", \"releases/2.0\"]\n[taxonomies]\ntags = [\"ports\"]\n[extra]\nlang = \"en-GB\"\n+++\n\nSee [the plan](plan.pdf), [the other post](@/other/Post.md#top) and [abroad](//example.org).\n",
    );
    assert_eq!(post.path.as_deref(), Some("/2018/03/29/Harbour-2.0/"));
    assert_eq!(post.slug.as_deref(), Some("harbour-2-0"));
    assert_eq!(
        post.former_paths,
        ["/2018/03/29/Harbour-2.0.html", "/releases/2.0"]
    );
    assert_eq!(
        post.published_at.unwrap().to_rfc3339(),
        "2018-03-29T00:00:00+00:00"
    );
    assert_eq!(
        (post.tags.as_slice(), post.language.as_deref()),
        (&["ports".to_owned()][..], Some("en-GB"))
    );
    assert_eq!(
        post.body,
        "See [the plan](/2018/03/29/Harbour-2.0/plan.pdf), [the other post](/other/post/#top) and [abroad](//example.org)."
    );
}

#[test]
fn a_hugo_bundle_has_its_folders_name_and_its_own_pictures() {
    let post = post(
        "content/news/harbour/index.fr.md",
        "{\"title\": \"Le port\", \"date\": \"2020-01-02T03:04:05+01:00\", \"cover\": {\"image\": \"quay.jpg\", \"alt\": \"Quay\", \"caption\": \"The *quay*\"}, \"type\": \"analysis\", \"slug\": \"port\"}\n\n![x](quay.jpg) [y](../other.md) [z](../../tides/)\n",
    );
    assert_eq!(
        (post.path.as_deref(), post.language.as_deref()),
        (Some("/fr/news/port/"), Some("fr"))
    );
    assert_eq!(post.kind, Some(Kind::Analysis));
    let hero = post.hero.unwrap();
    assert_eq!(
        (
            hero.url.as_str(),
            hero.alt.as_deref(),
            hero.caption.as_deref()
        ),
        ("/fr/news/port/quay.jpg", Some("Quay"), Some("The quay"))
    );
    assert_eq!(
        post.body,
        "![x](/fr/news/port/quay.jpg) [y](/news/other/) [z](/fr/tides/)"
    );
}

#[test]
fn permalinks_and_their_placeholders_are_honoured() {
    let stated = |line: &str| {
        post(
            "_posts/2015-05-21-Tocking.md",
            &format!("---\ntitle: T\n{line}\n---\nx\n"),
        )
        .path
        .unwrap()
    };
    assert_eq!(
        stated("permalink: /2015/05/21/tocking/"),
        "/2015/05/21/tocking/"
    );
    assert_eq!(
        stated("permalink: /:year/:month/:title.html"),
        "/2015/05/Tocking.html"
    );
    assert_eq!(stated("url: https://example.org/a/b"), "/a/b");
    assert_eq!(stated("slug: tick"), "/2015/05/21/tick/");
}

#[test]
fn authors_come_in_every_shape() {
    let authors = |front: &str| {
        let post = post(
            "2020-01-01-a.md",
            &format!("---\ntitle: T\n{front}\n---\nx\n"),
        );
        (names(&post).join("|"), post.byline_text)
    };
    assert_eq!(
        authors("authors:\n- a-slug\n- name: Jane Doe\n- a-slug"),
        ("a-slug|Jane Doe".to_owned(), None)
    );
    assert_eq!(
        authors("author: {name: Jane Doe, url: /jane}").0,
        "Jane Doe"
    );
    assert_eq!(
        authors("author: Jane Doe, John Roe, Jr. and Max Moe"),
        (
            "Jane Doe|John Roe, Jr.|Max Moe".to_owned(),
            Some("Jane Doe, John Roe, Jr. and Max Moe".to_owned())
        )
    );
    assert_eq!(
        authors("author: Jane Doe and John Roe").0,
        "Jane Doe|John Roe"
    );
    assert_eq!(
        authors("author: Department of Health and Human Services").0,
        "Department of Health and Human Services"
    );
    assert_eq!(
        authors("byline: By Jane Doe"),
        ("Jane Doe".to_owned(), Some("By Jane Doe".to_owned()))
    );
}

#[test]
fn drafts_redirects_and_undated_pages_are_left_out_with_the_reason() {
    assert!(left_out("a.md", "---\ntitle: A\ndraft: true\n---\nx").contains("draft"));
    assert!(left_out("a.md", "+++\ntitle = \"A\"\ndraft = true\n+++\nx").contains("draft"));
    assert!(left_out("_drafts/a.md", "---\ntitle: A\n---\nx").contains("drafts"));
    assert!(left_out("a.md", "---\ntitle: A\npublished: false\n---\nx").contains("not published"));
    assert!(
        left_out(
            "releases/latest.md",
            "+++\ntemplate = \"latest.html\"\n+++\n"
        )
        .contains("neither")
    );
    assert!(left_out("README.md", "# About\n\nx").contains("no date"));
    assert!(left_out("content/_index.md", "---\ntitle: A\n---\n").contains("section"));
}

#[test]
fn a_dated_file_without_front_matter_takes_its_first_heading_as_headline() {
    let post = post("2014-03-19-a.md", "# The *quay* is open\n\nText.\n");
    assert_eq!(
        (post.headline.as_deref(), post.body.as_str()),
        (Some("The quay is open"), "Text.")
    );
}

#[test]
fn a_headline_repeated_above_the_text_is_printed_once() {
    let post = post(
        "2014-03-19-a.md",
        "---\ntitle: The quay\n---\n\nThe quay\n===\n\nText.\n\n# Other\n",
    );
    assert_eq!(post.body, "Text.\n\n# Other");
}

#[test]
fn a_missing_headline_is_made_from_the_file_name_and_doubted() {
    let post = post(
        "2014-03-19-harbour_reopens-now.md",
        "---\nauthor: A\n---\nText.\n",
    );
    assert_eq!(post.headline.as_deref(), Some("Harbour reopens now"));
    assert!(messages(&post)[0].contains("file name"));
}

#[test]
fn yaml_that_people_write_is_mended_and_said_so() {
    let post = post(
        "2014-03-19-a.md",
        "---\ntitle: Hacking: the \"quay\"\nauthors:\n\t- jane\t\t\n\t- john\nexcerpt: \"One\" or two: three\ntags:\n- a: b\n- c\n---\nText.\n",
    );
    assert_eq!(post.headline.as_deref(), Some("Hacking: the \"quay\""));
    assert_eq!(post.standfirst.as_deref(), Some("\"One\" or two: three"));
    assert_eq!(
        (names(&post), post.tags.as_slice()),
        (
            vec!["jane", "john"],
            &["a: b".to_owned(), "c".to_owned()][..]
        )
    );
    assert!(
        messages(&post)
            .iter()
            .any(|message| message.starts_with("2: `title`")),
        "{:?}",
        messages(&post)
    );
}

#[test]
fn stray_tabs_and_blanks_are_taken_out_and_said_so() {
    let post = post(
        "2016-05-19-a.md",
        "---\ntitle: \" Content debt\"\nauthors:\n- melody\t\t\n---\nText.\n",
    );
    assert_eq!(
        (post.headline.as_deref(), names(&post)),
        (Some("Content debt"), vec!["melody"])
    );
    assert_eq!(
        messages(&post),
        [
            "2: the blank before the title was taken out",
            "4: the tab after `- melody` was taken out"
        ]
    );
}

#[test]
fn broken_files_are_refused_with_line_and_remedy() {
    assert_eq!(refusal("a.md", b"---\ntitle: A\n"), (1, "the front matter that begins here is never closed: add a line `---` after its last key".to_owned()));
    let (line, reason) = refusal("a.md", b"+++\ntitle = \"A\"\nauthors = [\n+++\nx");
    assert!(
        (3..=4).contains(&line) && reason.contains("TOML"),
        "{line} {reason}"
    );
    let (line, reason) = refusal("a.md", b"---\ntitle: A\ntags: [a, b\n---\nx");
    assert!(line >= 3 && reason.contains("YAML"), "{line} {reason}");
    let (line, reason) = refusal("a.md", b"{\"title\": \"A\",\n}\nx");
    assert!(line == 2 && reason.contains("JSON"), "{line} {reason}");
    assert_eq!(refusal("a.md", b"---\ntitle: A\n---\nCaf\xe9\n").0, 4);
}

#[test]
fn every_external_link_is_a_citation_once_a_block() {
    let post = post(
        "2014-03-19-a.md",
        "---\ntitle: T\nsources:\n- Tass\n- title: Annual report\n  url: https://example.org/report\n  publisher: Port Authority\n- \"[The data](https://example.org/data)\"\n---\nSee [the\n*office*](https://example.org/a), [it again](https://example.org/a), [our page](/x/) and `[code](https://no.example)`.\n\n- [ref][r] and a note.[^1]\n\n[r]: https://example.org/b \"B\"\n[^1]: From <https://example.org/c>.\n",
    );
    let found: Vec<_> = post
        .citations
        .iter()
        .map(|cited| {
            (
                cited.url.as_deref(),
                cited.quote.as_deref(),
                cited.block,
                cited.role,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                Some("https://example.org/a"),
                Some("the office"),
                Some(0),
                CitationRole::Background
            ),
            (
                Some("https://example.org/b"),
                Some("ref"),
                Some(1),
                CitationRole::Background
            ),
            (
                Some("https://example.org/c"),
                Some("https://example.org/c"),
                Some(2),
                CitationRole::Background
            ),
            (None, None, None, CitationRole::Listed),
            (
                Some("https://example.org/report"),
                None,
                None,
                CitationRole::Listed
            ),
            (
                Some("https://example.org/data"),
                None,
                None,
                CitationRole::Listed
            ),
        ]
    );
    assert_eq!(post.citations[3].source.as_deref(), Some("Tass"));
    assert_eq!(
        (
            post.citations[4].title.as_deref(),
            post.citations[4].source.as_deref()
        ),
        (Some("Annual report"), Some("Port Authority"))
    );
}

#[test]
fn template_tags_become_markdown() {
    let text = |body: &str| {
        post(
            "2014-03-19-a.md",
            &format!("---\ntitle: T\nimage: /i.png\n---\n{body}\n"),
        )
        .body
    };
    assert_eq!(
        text("{% image \"assets/q.jpg\" \"A \\\"quay\\\"\" %}"),
        "![A \"quay\"](/assets/q.jpg)"
    );
    assert_eq!(
        text("<figure>\n{% image \"assets/q.jpg\" \"A <quay>\" %}\n</figure>"),
        "<figure>\n<img src=\"/assets/q.jpg\" alt=\"A &lt;quay&gt;\">\n</figure>"
    );
    assert_eq!(
        text("[x]({{ site.baseurl }}/a/) [y]({{ \"/b/\" | url }}) ![z]({{ image | url }})"),
        "[x](/a/) [y](/b/) ![z](/i.png)"
    );
    assert_eq!(
        text("{{ \"https://www.youtube-nocookie.com/embed/abc\" | embed: \"The talk\" }}"),
        "[The talk](https://www.youtube.com/watch?v=abc)"
    );
    assert_eq!(
        text("{{< figure src=\"/q.jpg\" alt=\"Quay\" caption=\"The quay\" >}}"),
        "![Quay](/q.jpg)\n\n*The quay*"
    );
    assert_eq!(
        text("{{< youtube abc >}} {{ youtube(id=\"def\") }}"),
        "[Video](https://www.youtube.com/watch?v=abc) [Video](https://www.youtube.com/watch?v=def)"
    );
    assert_eq!(text("[x]({{< ref \"other.md\" >}})"), "[x](/other/)");
    assert_eq!(
        text("{% highlight ruby %}\nx\n{% endhighlight %}"),
        "```ruby\nx\n```"
    );
    assert_eq!(
        text("{% raw %}{{ x }}{% endraw %} `{% raw %}{{{% endraw %} y }}`"),
        "{{ x }} `{{ y }}`"
    );
    assert_eq!(
        text("a{% comment %}{{ hidden }}{% endcomment %}b\n\n<!--more-->\n\n`{{ code }}`"),
        "ab\n\n\n\n`{{ code }}`"
    );
    assert_eq!(
        text(
            "<iframe width=\"5\" src=\"https://www.youtube.com/embed/abc\" title=\"Talk\"></iframe>"
        ),
        "[Talk](https://www.youtube.com/watch?v=abc)"
    );
}

#[test]
fn unknown_tags_are_left_out_and_doubted_once() {
    let post = post(
        "2014-03-19-a.md",
        "---\ntitle: T\n---\nOne.\n\n{% gallery x %}inside{% endgallery %}{% gallery y %}\n\n{{ \"jane\" | portrait }}\n",
    );
    assert_eq!(post.body, "One.\n\ninside");
    let found = messages(&post);
    assert!(
        found[0].starts_with("6: `{% gallery %}`") && found[0].ends_with("(2 times)"),
        "{found:?}"
    );
    assert!(found[1].starts_with("8: `{{ … | portrait }}`"), "{found:?}");
}

#[test]
fn rights_and_updates_are_read() {
    let post = post(
        "2014-03-19-a.md",
        "---\ntitle: T\ncopyright: \"© 2014-2015 Port Authority. All rights reserved.\"\nlicense: CC-BY-4.0\nlastmod: 2014-03-20\ntype: op-ed\n---\n\n    code\n",
    );
    assert_eq!(
        (post.copyright_year, post.copyright_holder.as_deref()),
        (Some(2014), Some("Port Authority"))
    );
    assert_eq!(
        (post.licence.as_deref(), post.kind),
        (Some("CC-BY-4.0"), Some(Kind::Opinion))
    );
    assert_eq!(
        post.updated_at.unwrap().to_rfc3339(),
        "2014-03-20T00:00:00+00:00"
    );
    assert_eq!(post.body, "    code");
}

#[test]
fn addresses_in_code_and_fragments_stay() {
    let body = "`[a](b.png)` [c](#d) <img src='e.png'>\n\n```\n[f](g.png)\n```\n\n[h]: i.png \"t\"\n[^1]: note.png\n";
    let post = post(
        "content/posts/2014-03-19-a.md",
        &format!("---\ntitle: T\n---\n{body}"),
    );
    assert_eq!(
        post.body,
        "`[a](b.png)` [c](#d) <img src='/2014/03/19/a/e.png'>\n\n```\n[f](g.png)\n```\n\n[h]: /2014/03/19/a/i.png \"t\"\n[^1]: note.png"
    );
}

#[test]
fn dates_are_read_in_the_forms_that_generators_take() {
    for (text, instant) in [
        ("2016-05-19", "2016-05-19T00:00:00+00:00"),
        ("2015-03-17 14:00:00 -4", "2015-03-17T18:00:00+00:00"),
        ("2014-03-19T10:14:29-04:00", "2014-03-19T14:14:29+00:00"),
        ("2014-03-19 9:05", "2014-03-19T09:05:00+00:00"),
        ("2014-3-9T10:14:29.250Z", "2014-03-09T10:14:29.250+00:00"),
        ("2014/03/19 10:00 +0530", "2014-03-19T04:30:00+00:00"),
        ("2014-03-19 10:00:00 EST", "2014-03-19T15:00:00+00:00"),
        ("March 19, 2014", "2014-03-19T00:00:00+00:00"),
        (
            "Wed, 19 Mar 2014 10:00:00 +0000",
            "2014-03-19T10:00:00+00:00",
        ),
    ] {
        assert_eq!(
            dates::instant(text)
                .map(|time| time.to_rfc3339())
                .as_deref(),
            Some(instant),
            "{text}"
        );
    }
    for text in [
        "",
        "soon",
        "2014-13-01",
        "2014-02-30",
        "2014-03-19 25:00",
        "2014-03-19 10:00 XYZ",
    ] {
        assert_eq!(dates::instant(text), None, "{text}");
    }
}

#[test]
fn hostile_and_odd_files_do_no_harm() {
    for text in [
        "---\n---\n",
        "---\n",
        "+++\n+++\nx",
        "{}",
        "{\"a\":",
        "{{ x",
        "---\ntitle: [\n---\n",
        "---\n- a\n---\nx",
        "---\n&a [*a]\n---\n",
        "---\ntitle: T\n---\n{% {% {{ {{< >}} %} }}",
        "---\ntitle: T\n---\n{% raw %}",
        "---\ntitle: T\n---\n[a](((((",
        "---\r\ntitle: T\r\n---\r\nx\r\n",
        "\u{feff}---\ntitle: T\n---\nx",
        "---\n? complex\n: key\n---\n",
    ] {
        for name in [
            "a.md",
            "2014-03-19-a.md",
            "x/index.md",
            "é/ü.md",
            "2014-03-19.md",
        ] {
            let _ = read(name, text.as_bytes());
        }
    }
    let long = format!(
        "---\ntitle: T\n---\n{}{}{}",
        "`".repeat(3_000),
        "{{ ".repeat(5_000),
        "[x](".repeat(5_000)
    );
    let began = std::time::Instant::now();
    let _ = read("a.md", long.as_bytes());
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}

fn fixture(site: &str, name: &str) -> Imported {
    let folder = format!(
        "{}/tests/fixtures/markdown/{site}",
        env!("CARGO_MANIFEST_DIR")
    );
    post(
        name,
        &std::fs::read_to_string(format!("{folder}/{name}")).unwrap(),
    )
}

#[test]
fn real_posts_of_a_jekyll_site_are_read_as_printed() {
    let read = |name: &str| fixture("18f", &format!("content/posts/{name}"));

    let hello = read("2014-03-19-hello-world-we-are-18f.md");
    assert_eq!(hello.headline.as_deref(), Some("Hello, world! We are 18F"));
    assert_eq!(names(&hello), ["18F"]);
    assert_eq!(
        hello.tags,
        [
            "transformation services",
            "culture change",
            "modern practices"
        ]
    );
    assert_eq!(
        hello.published_at.unwrap().to_rfc3339(),
        "2014-03-19T14:14:29+00:00"
    );
    assert_eq!((hello.hero, hello.language.as_deref()), (None, Some("en")));

    let debt = read(
        "2016-05-19-content-debt-what-it-is-where-to-find-it-and-how-to-prevent-it-in-the-first-place.md",
    );
    assert_eq!(
        debt.headline.as_deref(),
        Some(
            "Content debt: What it is, where to find it, and how to prevent it in the first place"
        )
    );
    assert_eq!((names(&debt), debt.doubts.len()), (vec!["melody"], 2));

    let tock = read("2015-05-21-TockingTime.md");
    assert_eq!(tock.path.as_deref(), Some("/2015/05/21/tockingtime/"));
    assert_eq!(tock.former_paths, ["/2015/05/21/TockingTime/"]);

    let talk = read("2014-12-11-large-scale-development-culture-change.md");
    assert!(
        talk.body.contains("](https://www.youtube.com/watch?v="),
        "{}",
        talk.body
    );
    assert_eq!(
        talk.published_at.unwrap().to_rfc3339(),
        "2014-12-11T00:00:00+00:00"
    );

    let tokens = read("2020-04-21-a-token-of-our-affection-uswds-2.md");
    assert!(
        tokens
            .body
            .contains("](/assets/blog/web-design-standards/cloud.gov-uswds-tokens.jpg)"),
        "{}",
        tokens.body
    );

    let spanish = read("2021-09-16-a_day_in_the_life_-_ingeniero_en_18f.md");
    assert_eq!(spanish.language.as_deref(), Some("es-PR"));
    assert_eq!(
        spanish.slug.as_deref(),
        Some("a-day-in-the-life-ingeniero-en-18f")
    );

    let https = read("2015-03-17-for-public-comment-the-https-only-standard.md");
    assert!(
        https
            .published_at
            .unwrap()
            .to_rfc3339()
            .starts_with("2015-03-17T1"),
        "{:?}",
        https.published_at
    );

    let template = read("2014-11-17-taking-control-of-our-website-with-jekyll-and-webhooks.md");
    assert!(
        template
            .body
            .contains("by {% for author in post.authors %}"),
        "code keeps its tags"
    );

    let frame = read("2014-05-14-hacking-bureaucracy-improving-hiring-and-software.md");
    assert!(!frame.body.contains("{% raw"), "{}", frame.body);
}

#[test]
fn real_posts_of_a_zola_site_are_read_as_printed() {
    let release = fixture("rust-blog", "content/Rust-1.25.md");
    assert_eq!(release.headline.as_deref(), Some("Announcing Rust 1.25"));
    assert_eq!(names(&release), ["The Rust Core Team"]);
    assert_eq!(
        release.published_at.unwrap().to_rfc3339(),
        "2018-03-29T00:00:00+00:00"
    );
    assert_eq!(
        release.former_paths,
        ["/2018/03/29/Rust-1.25.html", "/releases/1.25.0"]
    );

    let bundle = fixture("rust-blog", "content/GATs-stabilization-push/index.md");
    assert!(
        bundle.body.starts_with("Where to start"),
        "the headline is not printed twice"
    );
    assert!(
        bundle
            .body
            .contains("](/2021/08/03/GATs-stabilization-push/gats-reactions.png)")
    );

    let disambiguated = fixture("rust-blog", "content/conf-lineup@0.md");
    assert_eq!(
        disambiguated.path.as_deref(),
        Some("/2016/07/25/conf-lineup/")
    );
    assert_eq!(
        left_out(
            "content/releases/latest.md",
            "+++\ntemplate = \"latest.html\"\n+++\n"
        ),
        "it has neither a title nor text"
    );
}

#[test]
fn quotes_of_citations_stand_in_their_blocks() {
    for name in [
        "content/posts/2014-03-19-hello-world-we-are-18f.md",
        "content/posts/2020-04-21-a-token-of-our-affection-uswds-2.md",
    ] {
        let post = fixture("18f", name);
        let blocks = crate::editorial::body::render(&post.body).blocks;
        assert!(!post.citations.is_empty());
        for citation in &post.citations {
            let block = &blocks[citation.block.unwrap()];
            assert!(
                citation
                    .quote
                    .as_deref()
                    .is_none_or(|quote| block.text.contains(quote)),
                "{citation:?}"
            );
        }
    }
}
