"""Several judges on one scale: anchors, bridges, panels."""
