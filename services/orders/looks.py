"""How a use case has its order looked at."""

from collections.abc import Awaitable, Callable

# Has an order looked at at once, and waits for the end of that look for a bounded time. What the look finds is in the
# row afterwards. It raises nothing, since the order is saved already and is looked at again.
LookNow = Callable[[str], Awaitable[None]]
