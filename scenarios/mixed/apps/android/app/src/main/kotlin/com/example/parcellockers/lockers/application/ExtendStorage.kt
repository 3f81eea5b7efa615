package com.example.parcellockers.lockers.application

import java.time.Instant

sealed interface ExtensionOutcome {
    data class Extended(val until: Instant) : ExtensionOutcome
    data object TooLate : ExtensionOutcome
    data object Unreachable : ExtensionOutcome
}

fun interface StorageExtender {
    suspend fun extend(lockerId: String, parcelId: String): ExtensionOutcome
}

/** Two more days for a recipient who asks in time; the service decides what in time means. */
class ExtendStorage(private val extender: StorageExtender) {
    suspend operator fun invoke(lockerId: String, parcelId: String): ExtensionOutcome =
        extender.extend(lockerId, parcelId)
}
