//! What keys do on every page. What they do on one of them is there.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(not(feature = "hydrate"))]
mod stub;

#[cfg(feature = "hydrate")]
use browser as platform;
#[cfg(not(feature = "hydrate"))]
use stub as platform;

use leptos::{html, prelude::*};
use leptos_router::hooks::use_navigate;

use crate::pages::PAGES;

/// Where [`Command::Question`] leads on pages that have it.
pub(crate) const QUESTION_TARGET: &str = "question";
/// A letter that comes later is not about the `g` before it.
const CHORD_MILLIS: f64 = 1_500.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Go(&'static str),
    /// To where a question is written.
    Question,
    Help,
}

/// The keys so far.
#[derive(Clone, Copy, Debug, Default)]
struct Chord {
    /// When `g` was pressed.
    began: Option<f64>,
}

impl Chord {
    fn press(&mut self, key: &str, at: f64) -> Option<Command> {
        let is_second = self.began.take().is_some_and(|began| at - began <= CHORD_MILLIS);
        match key {
            letter if is_second => PAGES.iter().find(|page| page.key == letter).map(|page| Command::Go(page.path)),
            "g" => {
                self.began = Some(at);
                None
            }
            "/" => Some(Command::Question),
            "?" => Some(Command::Help),
            _ => None,
        }
    }
}

/// Listens to keys for as long as the app is there, and tells of them when asked with `?`.
#[component]
pub(crate) fn Keys() -> impl IntoView {
    let navigate = use_navigate();
    let chord = StoredValue::new(Chord::default());
    let help = NodeRef::<html::Dialog>::new();
    platform::listen(move |key, at| {
        let command = chord.try_update_value(|chord| chord.press(key, at)).flatten();
        match command {
            Some(Command::Go(path)) => navigate(path, Default::default()),
            Some(Command::Question) if platform::focus(QUESTION_TARGET) => {}
            Some(Command::Question) => navigate("/explore", Default::default()),
            Some(Command::Help) => platform::open(help),
            None => {}
        }
        command.is_some()
    });
    let key = |keys: Vec<&'static str>, does: String| {
        let keys = keys.into_iter().map(|key| view! { <kbd>{key}</kbd> " " }).collect_view();
        view! { <dt>{keys}</dt> <dd>{does}</dd> }
    };
    let of_table = [("j", "k", "The next and the previous row"), ("Enter", "", "Open a row"), ("Esc", "", "Close what is open")];
    view! {
        <dialog class="key-help" node_ref=help aria-labelledby="key-help-title" data-testid="key-help">
            <form method="dialog" class="panel-head">
                <h2 id="key-help-title">"Keys"</h2>
                <button class="tool" autofocus>"Close"</button>
            </form>
            <dl>
                {PAGES.iter().map(|page| key(vec!["g", page.key], page.name.to_owned())).collect_view()}
                {key(vec!["/"], "Write a question".to_owned())}
                {of_table.into_iter().map(|(one, other, does)| key([one, other].into_iter().filter(|key| !key.is_empty()).collect(), does.to_owned())).collect_view()}
                {key(vec!["?"], "This list".to_owned())}
            </dl>
        </dialog>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g_and_a_letter_go_to_a_page() {
        let mut chord = Chord::default();
        let mut press = |key, at| chord.press(key, at);
        assert_eq!(press("g", 0.0), None);
        assert_eq!(press("s", 400.0), Some(Command::Go("/settings")));
        assert_eq!(press("s", 500.0), None, "a letter alone does nothing");
        assert_eq!(press("g", 1_000.0), None);
        assert_eq!(press("s", 9_000.0), None, "too late");
        assert_eq!(press("g", 10_000.0), None);
        assert_eq!(press("x", 10_100.0), None);
        assert_eq!(press("s", 10_200.0), None, "no page has x");
        assert_eq!(press("/", 10_300.0), Some(Command::Question));
        assert_eq!(press("?", 10_400.0), Some(Command::Help));
    }

    #[test]
    fn each_page_has_a_key_of_its_own() {
        for (place, page) in PAGES.iter().enumerate() {
            assert_eq!(page.key.chars().count(), 1);
            assert!(!PAGES[..place].iter().any(|other| other.key == page.key), "{}", page.name);
        }
    }
}
