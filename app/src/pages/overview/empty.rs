use leptos::prelude::*;
use radar_types::Side;

use crate::{components::loaded, viewer::use_viewer};

/// What to do when nothing was ever sent.
#[component]
pub(super) fn SendFirstEvent() -> impl IntoView {
    loaded(use_viewer(), |viewer| match viewer.side {
        Side::Public => view! { <SendFirstPublicEvent /> }.into_any(),
        Side::Private => view! {
            <div class="empty">
                <p>"No event has arrived here yet. This collection takes events from who shows a token for it."</p>
                <p><a class="button is-primary" href="/settings#tokens">"Make a token"</a></p>
                <p>"Then point a collector or a file at it:"</p>
                <pre tabindex="0">"radar-collector send events.ndjson --server http://127.0.0.1:7171 --token radar_..."</pre>
            </div>
        }
        .into_any(),
    })
}

#[component]
fn SendFirstPublicEvent() -> impl IntoView {
    const COMMAND: &str = r#"curl -X POST http://127.0.0.1:7171/api/ingest -d '[{
  "timestamp": "2026-01-31T08:30:00Z", "hostname": "web-1", "source": "nginx", "os_type": "Linux",
  "level": "error", "message": "upstream timed out", "collector": "curl"}]'"#;
    view! {
        <div class="empty">
            <p>"No event has arrived yet. Point a collector at this server:"</p>
            <pre tabindex="0">"radar-collector send events.ndjson --server http://127.0.0.1:7171"</pre>
            <p>"or send one by hand, and see it appear here:"</p>
            <pre tabindex="0">{COMMAND}</pre>
        </div>
    }
    .into_any()
}
