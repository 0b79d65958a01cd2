use leptos::prelude::*;
use leptos_meta::Title;
use radar_types::worker::{FromWorker, ScoredLine};

use crate::{
    components::ScoredLines,
    scan::{Scanner, ScannerState},
};

/// What is on the page below the text field.
#[derive(Clone, Debug, Default)]
enum Outcome {
    #[default]
    Nothing,
    Lines {
        lines: Vec<ScoredLine>,
        rejected: Vec<String>,
    },
    Failed(String),
}

#[component]
pub(crate) fn Analyze() -> impl IntoView {
    let text = RwSignal::new(String::new());
    let state = RwSignal::new(ScannerState::Idle);
    let outcome = RwSignal::new(Outcome::Nothing);
    let scanner = Scanner::new(move |message| match message {
        FromWorker::Ready { model, model_version } => state.set(ScannerState::Ready { model: format!("{model} {model_version}") }),
        FromWorker::Scored { lines, rejects, .. } => {
            let rejected = rejects
                .into_iter()
                .map(|reject| format!("Line {}: expected {}, found {}.", reject.index + 1, reject.expected, reject.found))
                .collect();
            outcome.set(Outcome::Lines { lines, rejected });
        }
        FromWorker::Failed { message, .. } => outcome.set(Outcome::Failed(message)),
    });
    let score = move |_| {
        if matches!(state.get_untracked(), ScannerState::Idle | ScannerState::Failed { .. }) {
            state.set(ScannerState::Loading);
        }
        if let Err(message) = scanner.score(text.get_untracked(), move |message| state.set(ScannerState::Failed { message })) {
            state.set(ScannerState::Failed { message });
        }
    };
    view! {
        <Title text="Analyze" />
        <div class="analyze">
            <h1>"Analyze"</h1>
            <p class="lead">
                "Paste log lines. They are scored inside this browser, by the same engine and model as on the server; nothing is sent."
            </p>
            <label for="paste">"Log lines: JSON events, service logs or plain text"</label>
            <textarea
                id="paste"
                data-testid="paste"
                rows="8"
                spellcheck="false"
                placeholder="2026-03-01 08:30:00 [ERROR] payments - Payment failed: card declined | IP: 10.0.0.7 | User: user_17 | ResponseTime: 845ms"
                prop:value=move || text.get()
                on:input:target=move |event| text.set(event.target().value())
            ></textarea>
            <div class="actions">
                <button class="button is-primary" data-testid="score" on:click=score disabled=move || text.with(|text| text.trim().is_empty())>
                    "Score"
                </button>
                <span role="status" data-testid="worker-state" data-state=move || state.with(ScannerState::name)>
                    {move || state.with(ScannerState::sentence)}
                </span>
            </div>
            {move || match outcome.get() {
                Outcome::Nothing => ().into_any(),
                Outcome::Failed(message) => view! { <p class="notice is-warning" role="alert">{message}</p> }.into_any(),
                Outcome::Lines { lines, rejected } => view! { <ScoredLines lines rejected /> }.into_any(),
            }}
        </div>
    }
    .into_any()
}
