//! Accounts are with the users of an existing database, whose documents stay as they are.

use mongodb::bson::{Document, doc};
use radar_store::{Expect, Record, Store, Table};

use crate::database::TestDatabase;
use crate::testsuite::sample::time;

#[tokio::test]
async fn accounts_are_beside_the_users_of_other_programs() {
    let Some(database) = TestDatabase::new() else { return };
    let users = database.raw().await.collection::<Document>("Users");
    users.insert_many([doc! { "email": "old@example.org", "password": "x" }, doc! { "name": "another" }]).await.unwrap();

    let store = database.store().await;
    let account = Record { key: "ann@example.org".into(), value: vec![1, 2], ..Record::default() };
    store.put(Table::Users, account.clone(), Expect::Nothing).await.unwrap();
    assert!(store.put(Table::Users, account, Expect::Nothing).await.is_err(), "there is one of each");
    assert_eq!(users.count_documents(doc! { "email": "ann@example.org" }).await.unwrap(), 1);

    let listed = store.list(Table::Users, None, None, 10, time(0)).await.unwrap();
    assert_eq!(listed.iter().map(|record| record.key.as_str()).collect::<Vec<_>>(), ["ann@example.org"]);
    assert_eq!(store.find(Table::Users, "old@example.org", time(0)).await.unwrap(), None);
    assert!(store.remove(Table::Users, "ann@example.org").await.unwrap());
    assert_eq!(users.count_documents(doc! {}).await.unwrap(), 2, "those of others are left alone");
}
