//! Relay connections: one page of a list, forward or backward, with a count for those who ask.

use std::future::Future;

use async_graphql::{Enum, Error, SimpleObject};
use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Expr, ExprTrait, Order, SelectStatement};
use serde::Serialize;

use super::{
    cursor::{Fingerprint, Key, Position},
    errors::invalid_argument,
};

/// Items of a page unless the client says otherwise.
pub const DEFAULT_PAGE: u64 = 20;
/// The largest page.
pub const LARGEST_PAGE: u64 = 100;
/// Beyond this, a list without a counter is not counted on.
pub const COUNT_CAP: i64 = 10_000;

/// The page that a client asks for, as its arguments say.
#[derive(Debug, Clone, Default)]
pub struct PageArguments {
    /// How many from the front.
    pub first: Option<i32>,
    /// After which cursor.
    pub after: Option<String>,
    /// How many from the back.
    pub last: Option<i32>,
    /// Before which cursor.
    pub before: Option<String>,
}

/// The page that a client asks for, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Hash)]
pub struct Window {
    /// How many items.
    pub size: u64,
    /// Whether they are taken from the back.
    pub backward: bool,
    /// Behind which place.
    pub after: Option<Position>,
    /// Before which place.
    pub before: Option<Position>,
}

impl PageArguments {
    /// Checks the arguments against the list they are meant for.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a size that is negative or over 100, or for both sizes at once; `INVALID_CURSOR`.
    pub fn window(&self, list: Fingerprint) -> Result<Window, Error> {
        let (size, backward) = match (self.first, self.last) {
            (Some(_), Some(_)) => return Err(invalid_argument("give first or last, not both")),
            (Some(first), None) => (page_size("first", first)?, false),
            (None, Some(last)) => (page_size("last", last)?, true),
            (None, None) => (DEFAULT_PAGE, false),
        };
        let position = |cursor: &Option<String>| {
            cursor
                .as_deref()
                .map(|cursor| Position::from_cursor(cursor, list))
                .transpose()
        };
        Ok(Window {
            size,
            backward,
            after: position(&self.after)?,
            before: position(&self.before)?,
        })
    }
}

fn page_size(name: &str, wanted: i32) -> Result<u64, Error> {
    match u64::try_from(wanted) {
        Ok(size) if size <= LARGEST_PAGE => Ok(size),
        Ok(_) => Err(invalid_argument(format!(
            "{name}: {wanted} is more than a page holds; the maximum is {LARGEST_PAGE}"
        ))),
        Err(_) => Err(invalid_argument(format!(
            "{name}: {wanted} is negative; give a number from 0 to {LARGEST_PAGE}"
        ))),
    }
}

/// What a list costs: its page size times the cost of one item.
#[must_use]
pub fn weight(first: Option<i32>, last: Option<i32>) -> usize {
    let size = first.or(last).and_then(|size| usize::try_from(size).ok());
    size.unwrap_or(usize::try_from(DEFAULT_PAGE).unwrap_or(20))
        .min(1_000)
}

impl Window {
    /// Restricts a statement to the window and orders it as it must be read; `key` and `id` name its columns, and
    /// `descending` says how the list runs forward.
    pub fn apply(
        &self,
        statement: &mut SelectStatement,
        key: (&'static str, &'static str),
        id: (&'static str, &'static str),
        descending: bool,
    ) {
        let place = || Expr::tuple([Expr::col(key), Expr::col(id)]);
        let position = |at: &Position| {
            let key = match &at.key {
                Key::Number(number) => Expr::val(*number),
                Key::Text(text) => Expr::val(text.clone()),
            };
            Expr::tuple([key, Expr::val(at.id)])
        };
        if let Some(after) = &self.after {
            let behind = if descending {
                place().lt(position(after))
            } else {
                place().gt(position(after))
            };
            statement.and_where(behind);
        }
        if let Some(before) = &self.before {
            let ahead = if descending {
                place().gt(position(before))
            } else {
                place().lt(position(before))
            };
            statement.and_where(ahead);
        }
        let order = if descending == self.backward {
            Order::Asc
        } else {
            Order::Desc
        };
        statement
            .order_by(key, order.clone())
            .order_by(id, order)
            .limit(self.size + 1);
    }

    /// Makes the page of the rows that the statement found, which are one more than the page holds when there are more.
    #[must_use]
    pub fn cut<T>(&self, mut rows: Vec<T>) -> Page<T> {
        let more = rows.len() as u64 > self.size;
        rows.truncate(usize::try_from(self.size).unwrap_or(usize::MAX));
        if self.backward {
            rows.reverse();
            Page {
                rows,
                has_previous: more,
                has_next: self.before.is_some(),
            }
        } else {
            Page {
                rows,
                has_previous: self.after.is_some(),
                has_next: more,
            }
        }
    }
}

/// One page of rows, in the order of the list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether the list goes on behind them.
    pub has_next: bool,
    /// Whether the list has something before them.
    pub has_previous: bool,
}

/// Where a page stands in its list.
#[derive(Debug, Clone, SimpleObject)]
pub struct PageInfo {
    /// Whether there are items after this page. Paging backward, it says whether the page ended before a given cursor.
    pub has_next_page: bool,
    /// Whether there are items before this page. Paging forward, it says whether the page began after a given cursor.
    pub has_previous_page: bool,
    /// The cursor of the first item of this page.
    pub start_cursor: Option<String>,
    /// The cursor of the last item of this page.
    pub end_cursor: Option<String>,
}

/// How exact a count is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum CountPrecision {
    /// There are exactly so many.
    Exact,
    /// There are so many or more; counting stopped there.
    AtLeast,
}

/// How many items a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SimpleObject)]
pub struct Count {
    /// The number of items.
    pub value: i64,
    /// How exact the number is.
    pub precision: CountPrecision,
}

impl Count {
    /// A count from a counter.
    #[must_use]
    pub fn exact(value: i64) -> Self {
        Self {
            value,
            precision: CountPrecision::Exact,
        }
    }

    /// A count of rows that stopped one beyond the cap.
    #[must_use]
    pub fn capped(counted: i64) -> Self {
        if counted > COUNT_CAP {
            Self {
                value: COUNT_CAP,
                precision: CountPrecision::AtLeast,
            }
        } else {
            Self::exact(counted)
        }
    }
}

/// Counts a list when somebody asks.
pub struct Counter(Box<dyn Fn() -> BoxFuture<'static, Result<Count, Error>> + Send + Sync>);

impl Counter {
    /// A counter that runs this.
    pub fn new<F>(count: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Count, Error>> + Send + 'static,
    {
        Self(Box::new(move || Box::pin(count())))
    }

    /// The count.
    ///
    /// # Errors
    /// Whatever counting came upon.
    pub async fn count(&self) -> Result<Count, Error> {
        (self.0)().await
    }
}

/// Declares a connection and its edge: the GraphQL names come from the Rust names.
macro_rules! connection {
    ($(#[$meta:meta])* $connection:ident, $(#[$edge_meta:meta])* $edge:ident, $node:ty, $nodes:literal) => {
        $(#[$meta])*
        pub struct $connection {
            items: Vec<(String, $node)>,
            has_next: bool,
            has_previous: bool,
            counter: $crate::graphql::connection::Counter,
        }

        impl $connection {
            /// A page of nodes with their cursors.
            pub fn new<T>(
                page: $crate::graphql::connection::Page<T>,
                counter: $crate::graphql::connection::Counter,
                item: impl FnMut(T) -> (String, $node),
            ) -> Self {
                Self {
                    has_next: page.has_next,
                    has_previous: page.has_previous,
                    items: page.rows.into_iter().map(item).collect(),
                    counter,
                }
            }
        }

        $(#[$meta])*
        #[async_graphql::Object]
        impl $connection {
            /// The items of this page with their cursors.
            async fn edges(&self) -> Vec<$edge> {
                self.items.iter().map(|(cursor, node)| $edge { cursor: cursor.clone(), node: node.clone() }).collect()
            }

            #[doc = concat!("The ", $nodes, " of this page, without cursors.")]
            async fn nodes(&self) -> Vec<$node> {
                self.items.iter().map(|(_, node)| node.clone()).collect()
            }

            /// Where this page stands in the list.
            async fn page_info(&self) -> $crate::graphql::connection::PageInfo {
                $crate::graphql::connection::PageInfo {
                    has_next_page: self.has_next,
                    has_previous_page: self.has_previous,
                    start_cursor: self.items.first().map(|(cursor, _)| cursor.clone()),
                    end_cursor: self.items.last().map(|(cursor, _)| cursor.clone()),
                }
            }

            #[doc = concat!("How many ", $nodes, " the whole list has; counted only when asked for.")]
            async fn count(&self) -> async_graphql::Result<$crate::graphql::connection::Count> {
                self.counter.count().await
            }
        }

        $(#[$edge_meta])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $edge {
            /// The place of this item in the list; give it as `after` or `before`.
            cursor: String,
            /// The item.
            node: $node,
        }
    };
}
pub(crate) use connection;
