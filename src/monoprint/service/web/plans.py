"""Plans: what would happen, what it is worth, and the approval of a second person."""

from fastapi import APIRouter

router = APIRouter()
