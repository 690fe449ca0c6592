"""The pipeline: joins the stages, and alone knows their order."""
