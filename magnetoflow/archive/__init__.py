"""Where data comes from: sample, folder, remote; one layout, and manifests of what is there."""
