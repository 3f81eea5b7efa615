package com.example.parcellockers.lockers.application

import java.time.Instant
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

class ExtendStorageTest {
    private val extended = ExtensionOutcome.Extended(Instant.parse("2025-03-15T08:00:00Z"))
    private val extendStorage = ExtendStorage { lockerId, parcelId ->
        if (lockerId == "harbour" && parcelId == "P-100") extended else ExtensionOutcome.TooLate
    }

    @Test
    fun `the parcel is kept as long as the service says`() = runTest {
        assertEquals(extended, extendStorage("harbour", "P-100"))
    }

    @Test
    fun `a parcel that went back cannot be kept longer`() = runTest {
        assertEquals(ExtensionOutcome.TooLate, extendStorage("harbour", "P-101"))
    }
}
