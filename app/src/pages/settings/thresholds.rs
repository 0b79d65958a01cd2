use leptos::{prelude::*, server_fn::ServerFn};
use radar_types::{
    Severity, grouped,
    thresholds::{ThresholdChoice, Thresholds, Trial},
};

use crate::{
    api::{ApiError, SetThresholds, get_thresholds, try_thresholds},
    components::loaded,
    form::{FormError, FormState, ServerForm},
};

/// From which score on an event has which severity: lines over the scores of the last days, which are dragged.
#[component]
pub(super) fn ThresholdSection(clears: bool) -> impl IntoView {
    let set = FormState::new(SetThresholds::PATH);
    let choice = Resource::new_blocking(move || set.count(), |_| get_thresholds());
    // What is tried is not what is saved. Counting takes longer than a step of a line that is dragged, so it waits for the
    // line to be let go.
    let tried = RwSignal::new(None);
    let trial = Resource::new(
        move || tried.get(),
        async |tried: Option<Thresholds>| match tried {
            Some(Thresholds { low, medium, high, critical }) => try_thresholds(low, medium, high, critical).await.map(Some),
            None => Ok(None),
        },
    );
    view! {
        <section class="panel" aria-labelledby="thresholds-title">
            <h2 id="thresholds-title">"Thresholds"</h2>
            <p class="quiet">"From which score on an event has which severity. They hold for what is stored already, too."</p>
            {loaded(choice, move |choice| view! { <Choice set choice clears tried trial /> }.into_any())}
        </section>
    }
    .into_any()
}

#[component]
fn Choice(
    set: FormState,
    choice: ThresholdChoice,
    clears: bool,
    tried: RwSignal<Option<Thresholds>>,
    trial: Resource<Result<Option<Trial>, ApiError>>,
) -> impl IntoView {
    let (current, usual) = (choice.current, choice.usual);
    let proposed = RwSignal::new(current);
    let offer = move |thresholds| {
        proposed.set(thresholds);
        tried.set(Some(thresholds));
    };
    let is_same = move || proposed.get() == current;
    view! {
        <ServerForm state=set class="thresholds">
            <div class="threshold-lines" data-testid="threshold-lines">
                <svg class="scores" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
                    <path d=outline(&choice.scores) />
                </svg>
                {Thresholds::ALL.map(|severity| view! { <Line severity proposed tried clears /> }).collect_view()}
            </div>
            <dl class="threshold-values">
                {Thresholds::ALL.map(|severity| {
                    view! {
                        <div class=format!("is-{severity}")>
                            <dt>{severity.name()}</dt>
                            <dd data-testid=format!("threshold-{severity}")>{move || format!("{:.2}", proposed.get().of(severity))}</dd>
                        </div>
                    }
                }).collect_view()}
            </dl>
            <p role="status" data-testid="trial">
                {move || match trial.get() {
                    Some(Ok(Some(trial))) if !is_same() => would_have(&choice, trial),
                    Some(Err(error)) => error.0.message,
                    _ => did(&choice),
                }}
            </p>
            {clears.then(|| view! {
                <div class="actions">
                    <button class="button is-primary" data-testid="set-thresholds" disabled=move || is_same() || set.is_pending()>
                        "Save"
                    </button>
                    <button type="button" class="button" disabled=is_same on:click=move |_| offer(current)>"Undo"</button>
                    <button type="button" class="button" disabled=move || proposed.get() == usual on:click=move |_| offer(usual)>
                        "The usual ones"
                    </button>
                </div>
            })}
            <FormError state=set />
        </ServerForm>
    }
    .into_any()
}

/// One threshold: as wide as the picture of the scores, of which only the line itself can be taken.
#[component]
fn Line(severity: Severity, proposed: RwSignal<Thresholds>, tried: RwSignal<Option<Thresholds>>, clears: bool) -> impl IntoView {
    let value = move || proposed.get().of(severity);
    let drag = move |text: String| {
        if let Ok(to) = text.parse() {
            proposed.update(|thresholds| *thresholds = thresholds.moved(severity, to));
        }
    };
    view! {
        <input
            type="range"
            class=format!("threshold-line is-{severity}")
            name=severity.name()
            min="0"
            max="1"
            step=Thresholds::STEP
            aria-label=format!("The lowest score that is {severity}")
            disabled=!clears
            value=value()
            prop:value=move || value().to_string()
            on:input:target=move |event| {
                drag(event.target().value());
                // A line stays where its neighbours hold it.
                event.target().set_value(&value().to_string());
            }
            on:change=move |_| tried.set(Some(proposed.get_untracked()))
        />
    }
    .into_any()
}

/// The bars of the scores. Few events have a high score, and they are what is looked for, so heights are square roots.
fn outline(scores: &[u64]) -> String {
    let most = scores.iter().copied().max().unwrap_or_default().max(1) as f64;
    let height = |count: u64| 100.0 * (count as f64 / most).sqrt();
    let bar = |(place, count): (usize, &u64)| format!("M{place} 100V{:.1}h.9V100z", 100.0 - height(*count));
    scores.iter().enumerate().filter(|(_, count)| **count > 0).map(bar).collect()
}

fn did(choice: &ThresholdChoice) -> String {
    let (at_least, days) = (at_least(choice.is_partial), ThresholdChoice::DAYS);
    format!("They flagged {at_least}{} events in the last {days} days.", grouped(choice.flagged))
}

fn would_have(choice: &ThresholdChoice, trial: Trial) -> String {
    let (would, did) = (grouped(trial.would_flag), grouped(choice.flagged));
    let (at_least, days) = (at_least(trial.is_partial || choice.is_partial), ThresholdChoice::DAYS);
    format!("These would have flagged {at_least}{would} instead of {did} events in the last {days} days.")
}

fn at_least(is_partial: bool) -> &'static str {
    if is_partial { "at least " } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_high_scores_are_seen_beside_many_low_ones() {
        assert_eq!(outline(&[400, 0, 4]), "M0 100V0.0h.9V100zM2 100V90.0h.9V100z");
        assert_eq!(outline(&[0, 0]), "");
    }

    #[test]
    fn what_they_would_have_done_is_one_sentence() {
        let usual = Thresholds::usual();
        let choice = ThresholdChoice { current: usual, usual, flagged: 312, scores: vec![], is_partial: false };
        assert_eq!(did(&choice), "They flagged 312 events in the last 7 days.");
        let check = |would_flag, is_partial, expected| assert_eq!(would_have(&choice, Trial { would_flag, is_partial }), expected);
        check(41, false, "These would have flagged 41 instead of 312 events in the last 7 days.");
        check(12_345, true, "These would have flagged at least 12,345 instead of 312 events in the last 7 days.");
    }
}
