"""Why this answer: what preprocessing did to a picture, and what each pixel says."""
