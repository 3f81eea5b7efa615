package com.example.parcellockers.lockers.application

@JvmInline
value class PickupCode private constructor(val digits: String) {
    companion object {
        const val LENGTH = 4

        fun parse(text: String): PickupCode? =
            text.takeIf { it.length == LENGTH && it.all(Char::isDigit) }?.let { PickupCode(it) }
    }
}

sealed interface CollectionOutcome {
    data class Opened(val compartmentId: String) : CollectionOutcome
    data object WrongCode : CollectionOutcome
    data object TooLate : CollectionOutcome
    data object Unreachable : CollectionOutcome
}

fun interface ParcelCollector {
    suspend fun collect(lockerId: String, code: PickupCode): CollectionOutcome
}

/** Asks the locker only for codes that can exist. */
class CollectParcel(private val collector: ParcelCollector) {
    suspend operator fun invoke(lockerId: String, text: String): CollectionOutcome =
        PickupCode.parse(text)?.let { collector.collect(lockerId, it) } ?: CollectionOutcome.WrongCode
}
