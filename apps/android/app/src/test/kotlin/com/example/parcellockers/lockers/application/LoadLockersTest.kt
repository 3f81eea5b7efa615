package com.example.parcellockers.lockers.application

import com.example.parcellockers.lockers.domain.Locker
import com.example.parcellockers.lockers.domain.PostalCode
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.ValueSource

class LoadLockersTest {
    private val station = Locker("station", "Track 1", freeCompartments = 1)
    private val harbour = Locker("harbour", "Quay 4", freeCompartments = 6)
    private val market = Locker("market", "Market Square", freeCompartments = 0)
    private val postalCode = requireNotNull(PostalCode.parse("20457"))

    @Test
    fun `the locker with most room comes first, full ones are left out`() = runTest {
        val loadLockers = LoadLockers { listOf(station, market, harbour) }

        assertEquals(listOf(harbour, station), loadLockers(postalCode))
    }

    @Test
    fun `a catalogue that cannot be reached has no answer`() = runTest {
        assertNull(LoadLockers { null }(postalCode))
    }

    @ParameterizedTest
    @ValueSource(strings = ["2045", "204570", "2O457", ""])
    fun `a postal code has five digits`(text: String) {
        assertNull(PostalCode.parse(text))
    }
}
