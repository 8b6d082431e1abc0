"""The API of Yunhu, a chat app: `/v1/user/*` and what its clients need besides."""
