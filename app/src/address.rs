//! What a page shows is in its address, so that a link to it shows the same: the range of time, the question, and the rest.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
    params::ParamsMap,
};
use radar_types::{Range, Span};

/// The parameter of the range of time.
pub(crate) const RANGE: &str = "range";

/// Works a memo out where it is made. On the server several parts of a page may ask for it at the same time, and whoever comes
/// while it is worked out for the first time is told that it is gone.
pub(crate) fn ready<T: Send + Sync + 'static>(memo: Memo<T>) -> Memo<T> {
    memo.with_untracked(|_| ());
    memo
}

/// A parameter of the address, as it changes. Empty and absent are the same.
pub(crate) fn use_parameter(name: &'static str) -> Memo<String> {
    let query = ready(use_query_map());
    ready(Memo::new(move |_| query.with(|query| query.get(name).unwrap_or_default())))
}

/// Something that is on or off: whether its word is among those of a parameter. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Switch {
    here: Here,
    words: Memo<String>,
    parameter: &'static str,
    word: &'static str,
}

pub(crate) fn use_switch(parameter: &'static str, word: &'static str) -> Switch {
    Switch { here: use_here(), words: use_parameter(parameter), parameter, word }
}

impl Switch {
    pub(crate) fn is_on(self) -> bool {
        self.words.with(|words| words.split(',').any(|word| word == self.word))
    }

    /// As a page tells it of a button.
    pub(crate) fn pressed(self) -> &'static str {
        if self.is_on() { "true" } else { "false" }
    }

    pub(crate) fn toggle(self) {
        self.here.replace(&[(self.parameter, self.words.with_untracked(|words| toggled(words, self.word)))]);
    }
}

fn toggled(words: &str, word: &str) -> String {
    let mut left: Vec<&str> = words.split(',').filter(|other| !other.is_empty() && *other != word).collect();
    if !words.split(',').any(|other| other == word) {
        left.push(word);
    }
    left.join(",")
}

/// The range of time that a page shows where its address has none.
#[derive(Clone, Copy)]
pub(crate) struct UsualRange(pub(crate) Range);

/// The range of time in the address; of what is none, the usual one.
pub(crate) fn use_span() -> Memo<Span> {
    let range = use_parameter(RANGE);
    let usual = use_context::<UsualRange>().map(|UsualRange(range)| Span::Last(range)).unwrap_or_default();
    ready(Memo::new(move |_| range.with(|range| range.parse().unwrap_or(usual))))
}

/// The address of this page with some parameters changed; an empty value takes one away.
pub(crate) fn changed(path: &str, query: &ParamsMap, changes: &[(&'static str, String)]) -> String {
    let mut query = query.clone();
    for (name, value) in changes {
        query.remove(name);
        if !value.is_empty() {
            query.insert(*name, value.clone());
        }
    }
    // What a form without scripts left there is not the page's state.
    query.remove("__err");
    query.remove("__path");
    format!("{path}{}", query.to_query_string())
}

type Go = Box<dyn Fn(&str, NavigateOptions) + Send + Sync>;

/// Goes to addresses of this page with other parameters. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Here {
    go: StoredValue<Go>,
    path: Memo<String>,
    query: Memo<ParamsMap>,
}

pub(crate) fn use_here() -> Here {
    let navigate = use_navigate();
    Here { go: StoredValue::new(Box::new(navigate)), path: use_path(), query: ready(use_query_map()) }
}

/// The path of the page that is shown.
pub(crate) fn use_path() -> Memo<String> {
    ready(use_location().pathname)
}

impl Here {
    /// For links: where it leads changes with the page.
    pub(crate) fn with(self, changes: &[(&'static str, String)]) -> String {
        changed(&self.path.get(), &self.query.get(), changes)
    }

    /// The reader can go back from there.
    pub(crate) fn go(self, changes: &[(&'static str, String)]) {
        let address = changed(&self.path.get_untracked(), &self.query.get_untracked(), changes);
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        self.go.with_value(|go| go(&address, options));
    }

    /// To another page.
    pub(crate) fn leave_for(self, address: &str) {
        self.go.with_value(|go| go(address, NavigateOptions::default()));
    }

    /// The reader goes back to where they were before, not to here.
    pub(crate) fn replace(self, changes: &[(&'static str, String)]) {
        let address = changed(&self.path.get_untracked(), &self.query.get_untracked(), changes);
        let options = NavigateOptions { scroll: false, replace: true, ..NavigateOptions::default() };
        self.go.with_value(|go| go(&address, options));
    }

    pub(crate) fn show_span(self, span: Span) {
        self.go(&[(RANGE, span.to_string())]);
    }
}

/// The link to this page for a range of time.
pub(crate) fn range_link(here: Here, span: Span) -> String {
    here.with(&[(RANGE, span.to_string())])
}

/// The link to the events of a range of time that a question finds.
pub(crate) fn explore_link(question: &str, span: Span) -> String {
    changed("/explore", &ParamsMap::new(), &[("q", question.to_owned()), (RANGE, span.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_comes_and_goes() {
        assert_eq!(toggled("", "a"), "a");
        assert_eq!(toggled("a", "b"), "a,b");
        assert_eq!(toggled("a,b", "a"), "b");
        assert_eq!(toggled(",a,,a", "a"), "");
    }

    #[test]
    fn an_address_keeps_what_is_not_changed() {
        let mut query = ParamsMap::new();
        query.insert("q", "host:a b&c".to_owned());
        query.insert("range", "1h".to_owned());
        let change = |changes: &[(&'static str, String)]| changed("/explore", &query, changes);
        assert_eq!(change(&[("range", "24h".into())]), "/explore?q=host%3Aa%20b%26c&range=24h");
        assert_eq!(change(&[("q", String::new())]), "/explore?range=1h");
        assert_eq!(changed("/", &ParamsMap::new(), &[]), "/");
    }
}
