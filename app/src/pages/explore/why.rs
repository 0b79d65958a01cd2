//! Why an event stands out: each reason, and the numbers that a model read behind it.

use leptos::prelude::*;
use radar_types::{Reason, explore::FeatureValue};

use crate::format::visible;

/// So many features are shown where there is no reason to show them under.
const SHOWN: usize = 6;

#[component]
pub(super) fn Why(reasons: Vec<Reason>, features: Vec<FeatureValue>) -> impl IntoView {
    let most = features.iter().filter_map(|feature| feature.weight).fold(0.0, f32::max);
    let (behind, others) = told_apart(&reasons, features);
    let reason = |(reason, behind): (Reason, Vec<FeatureValue>)| {
        // What was read says it in its own name.
        let code = behind.is_empty().then(|| view! { " " <code class="reason-code">{visible(&reason.code)}</code> });
        let behind = (!behind.is_empty()).then(|| {
            let lines = behind.iter().map(|feature| behind_it(feature, most)).collect_view();
            view! { <ul class="behind">{lines}</ul> }
        });
        view! { <li data-testid="reason"><span>{visible(&reason.text)}</span> {code} {behind}</li> }
    };
    let has_reasons = !reasons.is_empty();
    let list = reasons.into_iter().zip(behind).map(reason).collect_view();
    let (first, rest) = others.split_at(if has_reasons { 0 } else { others.len().min(SHOWN) });
    let name = if has_reasons { "other features" } else { "more features" };
    let rest = (!rest.is_empty())
        .then(|| view! { <details class="raw"><summary>{format!("{} {name}", rest.len())}</summary>{table(rest, most)}</details> });
    view! {
        <section aria-labelledby="reasons-title">
            <h3 id="reasons-title">"Why"</h3>
            {if has_reasons { view! { <ul class="reasons">{list}</ul> }.into_any() } else { view! { <p class="quiet">"Nothing about it is unusual."</p> }.into_any() }}
            {(!first.is_empty()).then(|| table(first, most))}
            {rest}
        </section>
    }
    .into_any()
}

/// The features behind each reason, and those behind none.
fn told_apart(reasons: &[Reason], features: Vec<FeatureValue>) -> (Vec<Vec<FeatureValue>>, Vec<FeatureValue>) {
    let mut behind = vec![Vec::new(); reasons.len()];
    let mut others = Vec::new();
    for feature in features {
        match reasons.iter().position(|reason| reason.code == feature.reason) {
            Some(place) => behind[place].push(feature),
            None => others.push(feature),
        }
    }
    (behind, others)
}

/// A feature in one line below its reason.
fn behind_it(feature: &FeatureValue, most: f32) -> impl IntoView + use<> {
    let usual = feature.usual.map(|usual| format!("usually {}", number(usual)));
    view! {
        <li>
            <code>{feature.name.clone()}</code>
            <span class="number">{number(feature.value)}</span>
            <span class="quiet">{usual}</span>
            <span class="weight">{share_bar(feature, most)}</span>
        </li>
    }
}

/// How much of the surprise it is, beside the strongest.
fn share_bar(feature: &FeatureValue, most: f32) -> impl IntoView + use<> {
    let share = feature.weight.filter(|_| most > 0.0).map_or(0.0, |weight| (weight / most * 100.0).clamp(0.0, 100.0));
    view! {
        <svg viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label=format!("{share:.0}% of the strongest")>
            <rect width=format!("{share:.1}") height="6" />
        </svg>
    }
}

/// What was read, what is usual, and how much of the surprise it is.
fn table(features: &[FeatureValue], most: f32) -> AnyView {
    let row = move |feature: &FeatureValue| {
        view! {
            <tr>
                <th scope="row">{feature.name.clone()}</th>
                <td class="number">{number(feature.value)}</td>
                <td class="number">{feature.usual.map(number)}</td>
                <td class="weight">{share_bar(feature, most)}</td>
            </tr>
        }
    };
    view! {
        <table class="features">
            <thead><tr><th scope="col">"Feature"</th><th scope="col" class="number">"Value"</th><th scope="col" class="number">"Usual"</th><th scope="col">"Counts"</th></tr></thead>
            <tbody>{features.iter().map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}

/// A number of any size in few places.
fn number(value: f32) -> String {
    match value.abs() {
        0.0 => "0".into(),
        size if size >= 100_000.0 => format!("{value:.2e}"),
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 0.001 => format!("{value:.3}"),
        _ => format!("{value:.1e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_stand_behind_the_reason_that_speaks_of_them() {
        let reason = |code: &str| Reason { code: code.into(), text: String::new() };
        let feature = |name: &str, reason: &str| FeatureValue {
            name: name.into(),
            value: 0.0,
            usual: None,
            weight: None,
            reason: reason.into(),
        };
        let features =
            vec![feature("day_sin", "time"), feature("level", "level"), feature("tokens", "tokens"), feature("day_cos", "time")];
        let (behind, others) = told_apart(&[reason("level"), reason("time")], features);
        let names = |features: &[FeatureValue]| features.iter().map(|feature| feature.name.clone()).collect::<Vec<_>>();
        assert_eq!(behind.iter().map(|features| names(features)).collect::<Vec<_>>(), [vec!["level"], vec!["day_sin", "day_cos"]]);
        assert_eq!(names(&others), ["tokens"]);
    }

    #[test]
    fn a_feature_is_a_short_number() {
        for (value, text) in [(0.0, "0"), (3.0, "3"), (0.1234, "0.123"), (1234.5, "1234"), (1.5e7, "1.50e7"), (0.00001, "1.0e-5")] {
            assert_eq!(number(value), text);
        }
    }
}
