//! The closed vocabularies of the newsroom, each with its lasting code in the database.
//!
//! A code is never reused and never renumbered: rows and dumps outlive the program that wrote them.

/// Declares a closed vocabulary: the variants, their database codes and their names in dumps and in the schema.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $code:literal, $text:literal;)+ }) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
            async_graphql::Enum,
        )]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $text)] #[graphql(name = $text)] $variant,)+
        }

        impl $name {
            /// Every variant, in the order of their codes.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The number that stands for it in the database.
            #[must_use]
            pub const fn code(self) -> i16 {
                match self { $(Self::$variant => $code),+ }
            }

            /// The variant of a database code.
            #[must_use]
            pub const fn of_code(code: i16) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// Its name in the schema and in dumps.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

vocabulary! {
    #[derive(Default)]
    /// What sort of piece an article is.
    Kind {
        /// Reporting of events.
        #[default]
        News = 1, "NEWS";
        /// Reporting that explains what events mean.
        Analysis = 2, "ANALYSIS";
        /// The author's own view.
        Opinion = 3, "OPINION";
        /// The publication's own view.
        Editorial = 4, "EDITORIAL";
        /// A long narrative or descriptive piece.
        Feature = 5, "FEATURE";
        /// A conversation, printed as such.
        Interview = 6, "INTERVIEW";
        /// A critic's judgement of a work, product or performance.
        Review = 7, "REVIEW";
        /// A letter from a reader.
        Letter = 8, "LETTER";
        /// The life of somebody who has died.
        Obituary = 9, "OBITUARY";
        /// A statement issued by an organisation about itself.
        PressRelease = 10, "PRESS_RELEASE";
        /// Paid for by a sponsor.
        Sponsored = 11, "SPONSORED";
        /// Anything else, such as a notice to readers or a blog post.
        Other = 12, "OTHER";
    }
}

vocabulary! {
    #[derive(Default)]
    /// How a citation uses its source.
    CitationRole {
        /// Named in the article's own list of sources.
        Listed = 1, "LISTED";
        /// Words quoted from somebody.
        Quote = 2, "QUOTE";
        /// A statement attributed to the source in the running text.
        #[default]
        Attribution = 3, "ATTRIBUTION";
        /// Figures taken from the source.
        Data = 4, "DATA";
        /// Further reading or context, such as a link in the text.
        Background = 5, "BACKGROUND";
    }
}

vocabulary! {
    #[derive(Default)]
    /// What somebody did for an article.
    ContributorRole {
        /// Wrote it.
        #[default]
        Author = 1, "AUTHOR";
        /// Edited it.
        Editor = 2, "EDITOR";
        /// Took the photographs.
        Photographer = 3, "PHOTOGRAPHER";
        /// Drew the illustrations or graphics.
        Illustrator = 4, "ILLUSTRATOR";
        /// Translated it.
        Translator = 5, "TRANSLATOR";
        /// Added reporting.
        Contributor = 6, "CONTRIBUTOR";
    }
}

vocabulary! {
    /// What a notice tells the reader.
    NoticeKind {
        /// An error was put right.
        Correction = 1, "CORRECTION";
        /// Something true was easily misread and is now plainer.
        Clarification = 2, "CLARIFICATION";
        /// The publication no longer stands by the article.
        Retraction = 3, "RETRACTION";
        /// A standing caveat, such as that opinions are the author's own.
        Disclaimer = 4, "DISCLAIMER";
    }
}

vocabulary! {
    #[derive(Default)]
    /// What sort of thing a tag names.
    TagType {
        /// A subject.
        #[default]
        Topic = 1, "TOPIC";
        /// A person.
        Person = 2, "PERSON";
        /// An organisation.
        Organisation = 3, "ORGANISATION";
        /// A place.
        Place = 4, "PLACE";
        /// An event.
        Event = 5, "EVENT";
        /// A series of articles.
        Series = 6, "SERIES";
    }
}

vocabulary! {
    #[derive(Default)]
    /// What sort of source an article cites.
    SourceKind {
        /// A newspaper, broadcaster, magazine or news site.
        #[default]
        Outlet = 1, "OUTLET";
        /// A news agency.
        Agency = 2, "AGENCY";
        /// A government body, court, company or other institution speaking for itself.
        Official = 3, "OFFICIAL";
        /// A person.
        Person = 4, "PERSON";
        /// A report, paper, book, law or other document.
        Document = 5, "DOCUMENT";
        /// A body of data.
        Dataset = 6, "DATASET";
    }
}

vocabulary! {
    #[derive(Default)]
    /// Whether the address of a citation still answers.
    LinkHealth {
        /// Nobody has looked yet.
        #[default]
        Unchecked = 1, "UNCHECKED";
        /// It answered when last looked at.
        Alive = 2, "ALIVE";
        /// It did not answer, or answered that the page is gone.
        Broken = 3, "BROKEN";
    }
}

vocabulary! {
    #[derive(Default)]
    /// Whether and how machines may use the text, as stated by the rights holder.
    AiTerms {
        /// Nothing is stated.
        #[default]
        Unstated = 1, "UNSTATED";
        /// Training and retrieval are allowed.
        Allowed = 2, "ALLOWED";
        /// Retrieval with attribution is allowed, training is not.
        RetrievalOnly = 3, "RETRIEVAL_ONLY";
        /// No use by machines that learn or generate.
        Forbidden = 4, "FORBIDDEN";
    }
}

vocabulary! {
    /// What a block of an article's body is.
    BlockKind {
        /// A paragraph of running text.
        Paragraph = 1, "PARAGRAPH";
        /// A heading within the article.
        Heading = 2, "HEADING";
        /// An ordered or unordered list, or a list of terms.
        List = 3, "LIST";
        /// Words of somebody else, set apart.
        Quotation = 4, "QUOTATION";
        /// Text to be shown exactly as typed, such as a program.
        Code = 5, "CODE";
        /// Rows and columns.
        Table = 6, "TABLE";
        /// One or more pictures without running text.
        Image = 7, "IMAGE";
        /// A dividing line.
        Rule = 8, "RULE";
        /// The footnotes, gathered at the end.
        Footnotes = 9, "FOOTNOTES";
        /// Any other markup.
        Html = 10, "HTML";
    }
}

vocabulary! {
    /// What a member of the staff is trusted with; each role includes the ones before.
    Role {
        /// Writes drafts and hands them in.
        Reporter = 1, "REPORTER";
        /// Publishes, corrects, retracts and withdraws.
        Editor = 2, "EDITOR";
        /// Manages people and tokens, and reads the audit log.
        Admin = 3, "ADMIN";
    }
}

vocabulary! {
    /// One thing that a role or an API token allows.
    Scope {
        /// Read drafts, their history and what is said about them.
        DraftsRead = 1, "DRAFTS_READ";
        /// Write, discard and hand in drafts.
        ArticlesWrite = 2, "ARTICLES_WRITE";
        /// Publish, schedule and correct articles, and return drafts.
        ArticlesPublish = 3, "ARTICLES_PUBLISH";
        /// Retract and withdraw articles, and bring them back.
        ArticlesWithdraw = 4, "ARTICLES_WITHDRAW";
        /// Publish against the publish gates, with a reason.
        GatesOverride = 5, "GATES_OVERRIDE";
        /// Create and change authors, tags and sources.
        CatalogueWrite = 6, "CATALOGUE_WRITE";
        /// Merge and delete authors, tags and sources.
        CatalogueMerge = 7, "CATALOGUE_MERGE";
        /// Create accounts, give roles, disable people and sign them out.
        AccountsManage = 8, "ACCOUNTS_MANAGE";
        /// Create, rotate and revoke API tokens.
        TokensManage = 9, "TOKENS_MANAGE";
        /// Read the audit log.
        AuditRead = 10, "AUDIT_READ";
    }
}

vocabulary! {
    /// How far the newest version of an article has come on its way to the readers.
    DraftStage {
        /// Nothing waits: readers have, or will have at its time, the newest version.
        Settled = 0, "SETTLED";
        /// Somebody is writing it.
        Writing = 1, "WRITING";
        /// It waits for an editor.
        InReview = 2, "IN_REVIEW";
        /// An editor has sent it back with a comment.
        Returned = 3, "RETURNED";
        /// It was given up before readers ever saw it.
        Discarded = 4, "DISCARDED";
    }
}

vocabulary! {
    /// What readers have of an article.
    ArticleStatus {
        /// Nothing.
        Unpublished = 1, "UNPUBLISHED";
        /// Nothing yet; they will have it at its time.
        Scheduled = 2, "SCHEDULED";
        /// The article.
        Published = 3, "PUBLISHED";
        /// Its headline and the notice that says why the rest is gone.
        Retracted = 4, "RETRACTED";
        /// Nothing any more; its paths say that it is gone.
        Withdrawn = 5, "WITHDRAWN";
    }
}

vocabulary! {
    /// What made a revision.
    RevisionAct {
        /// It was imported.
        Imported = 0, "IMPORTED";
        /// Its article was begun.
        Created = 1, "CREATED";
        /// It was written on.
        Saved = 2, "SAVED";
        /// It was handed in for review.
        Submitted = 3, "SUBMITTED";
        /// It was sent back with a comment.
        Returned = 4, "RETURNED";
        /// It was given up.
        Discarded = 5, "DISCARDED";
        /// An earlier revision became the draft again.
        Restored = 6, "RESTORED";
        /// Readers got it.
        Published = 7, "PUBLISHED";
        /// Readers will get it at its time.
        Scheduled = 8, "SCHEDULED";
        /// Its time was taken back.
        Unscheduled = 9, "UNSCHEDULED";
        /// It replaced what readers had, with a notice.
        Corrected = 10, "CORRECTED";
        /// It replaced what readers had, without a notice.
        UpdatedSilently = 11, "UPDATED_SILENTLY";
        /// Its body was taken back, with a notice.
        Retracted = 12, "RETRACTED";
        /// It was taken from the readers altogether.
        Withdrawn = 13, "WITHDRAWN";
        /// It came back to the readers after a retraction or a withdrawal.
        Reinstated = 14, "REINSTATED";
    }
}
