"""Answers that are kept for a day, so that a call that is sent twice does its work once."""

from __future__ import annotations

from django.db import models

from allclear.accounts.models import User


class IdempotentAnswer(models.Model):
    """What a POST with an `Idempotency-Key` answered. Written in the transaction of the verb: both stand or neither."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=200)
    request_sha256 = models.CharField(max_length=64, help_text="Of method, address and body.")
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "api_idempotent_answer"
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotent_answer_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotent_answer_age")]  # to forget old ones

    def __str__(self) -> str:
        return f"{self.key} of user {self.user_id}"
