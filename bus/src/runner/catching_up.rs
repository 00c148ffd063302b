//! Before the first message: what a layer lacks is built, however long it takes.

use redis::pipe;

use super::{checkpoint_key, publish};
use crate::actor::{Layer, Outbox, Resident};
use crate::error::Result;
use crate::house::House;
use crate::session::Session;
use crate::shell::checkpoint_text;

/// Lets a resident build what its layer lacks, and says meanwhile that this instance is alive.
pub(super) async fn catch_up<A: Resident>(
    house: &House,
    session: &mut Session,
    layer: &mut A::Layer,
    resident: &mut A,
) -> Result<()> {
    let mut outbox = Outbox::new(house.instrument().clone());
    if !session.during(resident.catch_up(house, layer, &mut outbox)).await? {
        return Ok(());
    }
    layer.keep(std::mem::take(&mut outbox.rows)).await?;
    let mut commands = pipe();
    commands.atomic();
    publish(house, &mut commands, &outbox);
    commands.cmd("SET").arg(checkpoint_key(house, A::NAME)).arg(checkpoint_text(resident)?).ignore();
    session.transact(&commands).await.map(|_| ())
}
