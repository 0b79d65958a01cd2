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
    view! {
        <section class="panel" aria-labelledby="thresholds-title">
            <h2 id="thresholds-title">"Thresholds"</h2>
            <p class="quiet">"From which score on an event has which severity. They hold for what is stored already, too."</p>
            {loaded(choice, move |choice| view! { <Choice set choice clears /> }.into_any())}
        </section>
    }
    .into_any()
}

#[component]
fn Choice(set: FormState, choice: ThresholdChoice, clears: bool) -> impl IntoView {
    let ThresholdChoice { current, usual } = choice;
    let proposed = RwSignal::new(current);
    // Counting takes longer than a step of a line that is dragged, so it waits for the line to be let go.
    let tried = RwSignal::new(current);
    let trial = Resource::new(move || tried.get(), |Thresholds { low, medium, high, critical }| try_thresholds(low, medium, high, critical));
    let offer = move |thresholds| {
        proposed.set(thresholds);
        tried.set(thresholds);
    };
    let is_same = move || proposed.get() == current;
    view! {
        <ServerForm state=set class="thresholds">
            <div class="threshold-lines" data-testid="threshold-lines">
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
                <Transition fallback=|| "Counting…">
                    {move || Suspend::new(async move { trial.await.map_or_else(message, |trial| sentence(trial, is_same())) })}
                </Transition>
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
fn Line(severity: Severity, proposed: RwSignal<Thresholds>, tried: RwSignal<Thresholds>, clears: bool) -> impl IntoView {
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
            on:change=move |_| tried.set(proposed.get_untracked())
        />
    }
    .into_any()
}

fn message(error: ApiError) -> String {
    error.0.message
}

fn sentence(trial: Trial, is_same: bool) -> String {
    let Trial { flagged, would_flag, is_partial } = trial;
    let days = Trial::DAYS;
    let at_least = if is_partial { "at least " } else { "" };
    if is_same {
        format!("They flagged {at_least}{} events in the last {days} days.", grouped(flagged))
    } else {
        format!("These would have flagged {at_least}{} instead of {} events in the last {days} days.", grouped(would_flag), grouped(flagged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_they_would_have_done_is_one_sentence() {
        let trial = Trial { flagged: 312, would_flag: 41, is_partial: false };
        assert_eq!(sentence(trial, false), "These would have flagged 41 instead of 312 events in the last 7 days.");
        assert_eq!(sentence(trial, true), "They flagged 312 events in the last 7 days.");
        let partial = Trial { is_partial: true, would_flag: 12_345, ..trial };
        assert_eq!(sentence(partial, false), "These would have flagged at least 12,345 instead of 312 events in the last 7 days.");
    }
}
