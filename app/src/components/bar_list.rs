use leptos::prelude::*;
use radar_types::{Severity, grouped};

use super::SeverityMark;

/// A line of a list in which the longest bar is the most.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BarItem {
    pub(crate) name: String,
    pub(crate) count: u64,
    /// All that there is to say of it.
    pub(crate) meaning: String,
    /// Where its events are.
    pub(crate) href: String,
    pub(crate) worst: Option<Severity>,
    /// Whether its severity is shown beside its name.
    pub(crate) has_mark: bool,
}

/// Counts by name, each with a bar and a link to what was counted.
#[component]
pub(crate) fn BarList(#[prop(into)] items: Signal<Vec<BarItem>>) -> impl IntoView {
    let lines = move || {
        items.with(|items| {
            let most = items.iter().map(|item| item.count).max().unwrap_or_default();
            items.iter().cloned().map(|item| line(item, most)).collect_view()
        })
    };
    view! { <ol class="bar-list">{lines}</ol> }.into_any()
}

fn line(item: BarItem, most: u64) -> AnyView {
    let BarItem { name, count, meaning, href, worst, has_mark } = item;
    let band = worst.map_or("plain", Severity::name);
    view! {
        <li>
            <a href=href title=meaning data-testid="bar">
                <svg class=format!("bar is-{band}") preserveAspectRatio="none" aria-hidden="true">
                    <rect width=format!("{:.2}%", share(count, most) * 100.0) height="100%" rx="2" />
                </svg>
                {has_mark.then(|| view! { <span class="mark-only"><SeverityMark severity=worst /></span> })}
                <span class="bar-name">{name}</span>
                <span class="bar-count">{grouped(count)}</span>
            </a>
        </li>
    }
    .into_any()
}

/// What is there at all can be seen.
fn share(count: u64, most: u64) -> f64 {
    if count == 0 { 0.0 } else { (count as f64 / most.max(1) as f64).clamp(0.01, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_a_share_of_the_longest_and_never_nothing() {
        assert_eq!([share(0, 0), share(0, 5), share(5, 5), share(1, 4), share(1, 1_000_000)], [0.0, 0.0, 1.0, 0.25, 0.01]);
    }
}
