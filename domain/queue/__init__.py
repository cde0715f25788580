"""The queue between the bot and its workers."""
