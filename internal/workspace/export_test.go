package workspace

// Abandon lets go of the lock, as the death of a run does.
func (w *Workspace) Abandon() error { return w.lock.Close() }
