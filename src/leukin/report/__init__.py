"""Tables, figures, the HTML report, provenance and citations of a run."""
